package experiment

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/tokenizer"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/weights"
)

// textPath is where a store has the variables of the text tower.
const textPath = "/online/text/"

// textMethod is the method whose towers imported ones are.
const textMethod = "clip"

// startTexts gives the variables of the text tower the values of a file.
func (s *session) startTexts(source *weights.Source) error {
	texts, err := source.Network.Texts()
	if err != nil {
		return fmt.Errorf("backbone.weights.merges: %s: %w", s.plan.Weights.File, err)
	}
	if dim := s.backbone.FeatureDim(); dim != texts.EmbedDim {
		return fmt.Errorf("backbone.weights.merges: images are embedded in %d dimensions and texts in %d",
			dim, texts.EmbedDim)
	}
	tower, err := backbones.NewCLIPText(backbones.CLIPTextParams{
		Width: texts.Width, Layers: texts.Layers, Heads: textHeads(texts.Width), EmbedDim: texts.EmbedDim,
	}, texts.ContextLength, texts.Vocabulary)
	if err != nil {
		return err
	}
	variables, err := weights.TextVariables(s.Backend, tower, texts.ContextLength)
	if err != nil {
		return fmt.Errorf("text tower: %w", err)
	}
	fitted, err := weights.Fit(source.Network, texts.Arrays, variables)
	if err != nil {
		return fmt.Errorf("text tower: %w", err)
	}
	for path, value := range fitted.Values {
		if _, err := s.store.CreateVariable(textPath+path, value); err != nil {
			return err
		}
	}
	s.from.Taken += fitted.Taken
	s.captions, err = s.importedCaptions(s.plan.Weights)
	return err
}

// textHeads is one for 64 of width, as all published towers have it.
func textHeads(width int) int { return max(width/64, 1) }

// importedCaptions are what an imported CLIP, whose text tower is in the store,
// needs beside images.
func (s *session) importedCaptions(from *Weights) (*captions, error) {
	sum, err := fileDigest(from.Merges)
	if err == nil && sum != from.MergesSHA256 {
		err = fmt.Errorf("%s is not the merges file that the run was imported with", from.Merges)
	}
	if err != nil {
		return nil, refusal{fmt.Errorf("the tokenizer of the text tower: %w", err),
			"say where that file is now: --set backbone.weights.merges=FILE"}
	}
	shape := map[string][]int{}
	layers := map[string]bool{}
	for v := range s.store.IterVariables() {
		if name, is := strings.CutPrefix(v.Path(), textPath); is {
			shape[name] = v.Shape().Dimensions
			if block, in := strings.CutPrefix(name, "blocks/"); in {
				number, _, _ := strings.Cut(block, "/")
				layers[number] = true
			}
		}
	}
	words, positions, proj := shape["token_embedding/weight"], shape["pos_embed"], shape["proj"]
	if len(words) != 2 || len(positions) != 2 || len(proj) != 2 {
		return nil, errors.New("the checkpoint has no text tower; import the file of weights again")
	}
	activation := "quick-gelu"
	if vit, is := s.plan.Spec.Backbone.Params.(*backbones.CLIPViTParams); is && vit.Activation != "" {
		activation = vit.Activation
	}
	merges, err := tokenizer.Load(from.Merges, words[0], positions[0])
	if err == nil && merges.VocabularySize() != words[0] {
		err = fmt.Errorf("%s makes %d token ids, and the text tower knows %d: it is another tokenizer's", from.Merges,
			merges.VocabularySize(), words[0])
	}
	if err != nil {
		return nil, err
	}
	doc := &config.Document{}
	err = doc.Assign("the text tower", "method", fmt.Sprintf("{name: %s, embed_dim: %d, image_projection: none, "+
		"text: {width: %d, layers: %d, heads: %d, context_length: %d, activation: %s}, "+
		"tokenizer: {merges: %q, vocabulary: %d}}",
		textMethod, proj[1], words[1], len(layers), textHeads(words[1]), positions[0], activation, from.Merges, words[0]))
	if err != nil {
		return nil, err
	}
	made := &Plan{Spec: Defaults()}
	if err := errors.Join(config.Decode(doc.Root(), &made.Spec), s.Catalog.chooseMethod(doc, made)); err != nil {
		return nil, err
	}
	method, err := made.Method.New(made.Spec.Method.Params)
	if err != nil {
		return nil, err
	}
	c := &captions{method: method.(framework.CaptionMethod)}
	if c.prompts, err = s.plan.Spec.Eval.Prompts.Prompts(s.plan.Spec.Dataset.Name); err != nil {
		return nil, err
	}
	c.tokens, err = trainer.NewCaptions(c.method, slices.Values([]string(nil)))
	return c, err
}

// fileDigest is the SHA-256 of a file.
func fileDigest(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// promptsOf names the list of prompts that suits a data set of a transfer study.
func promptsOf(dataset string, settings transfer.PromptSettings) (transfer.Prompts, error) {
	if suits := map[string]string{"mnist": "digits", "fashion-mnist": "clothes"}[dataset]; suits != "" {
		dataset = suits
	}
	return settings.Prompts(dataset)
}
