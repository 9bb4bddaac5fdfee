package clip

import (
	"cmp"
	"fmt"
	"iter"
	"math"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/framework/tokenizer"
)

// Towers are the hyperparameters of the embeddings, shared by both methods.
type Towers struct {
	EmbedDim        int       `yaml:"embed_dim" range:"[1,inf)"`
	ImageProjection string    `yaml:"image_projection" oneof:"auto,linear,none"`
	Text            Text      `yaml:"text"`
	Tokenizer       Tokenizer `yaml:"tokenizer"`
}

// Text are the hyperparameters of the text transformer, the backbone clip-text.
type Text struct {
	Width         int `yaml:"width" range:"[1,inf)"`
	Layers        int `yaml:"layers" range:"[1,inf)"`
	Heads         int `yaml:"heads" range:"[1,inf)"`
	ContextLength int `yaml:"context_length" range:"[2,inf)"`

	Activation string `yaml:"activation" oneof:"quick-gelu,gelu" omit:"quick-gelu"`
}

// Validate checks what ranges can't.
func (p Text) Validate() error {
	if p.Width%p.Heads != 0 {
		return config.Faultf("heads", "%d heads do not divide the width %d", p.Heads, p.Width)
	}
	return nil
}

// Tokenizer are the settings of the tokenizer.
type Tokenizer struct {
	Merges     string `yaml:"merges"`
	Vocabulary int    `yaml:"vocabulary" range:"[0,1000000]"`
}

// learnedVocabulary is the number of ids where neither a file nor the configuration says it.
const learnedVocabulary = 1024

// Validate checks what ranges can't.
func (p Tokenizer) Validate() error {
	if p.Vocabulary != 0 && p.Vocabulary < tokenizer.MinVocabulary {
		return config.Faultf("vocabulary", "%d ids are too few: the bytes and the ends of a text alone need %d",
			p.Vocabulary, tokenizer.MinVocabulary)
	}
	return nil
}

func defaultTowers() Towers {
	return Towers{
		EmbedDim: 128, ImageProjection: "auto",
		Text: Text{Width: 128, Layers: 4, Heads: 4, ContextLength: 77, Activation: "quick-gelu"},
	}
}

// towers embeds images and texts.
type towers struct {
	params    Towers
	text      framework.Backbone
	tokenizer *tokenizer.BPE // nil until it is learned
}

func newTowers(p Towers) (*towers, error) {
	t := &towers{params: p}
	vocabulary := cmp.Or(p.Tokenizer.Vocabulary, learnedVocabulary)
	var err error
	if p.Tokenizer.Merges != "" {
		limit := cmp.Or(p.Tokenizer.Vocabulary, tokenizer.OpenAIVocabulary)
		if t.tokenizer, err = tokenizer.Load(p.Tokenizer.Merges, limit, p.Text.ContextLength); err != nil {
			return nil, err
		}
		vocabulary = t.tokenizer.VocabularySize()
	}
	t.text, err = backbones.NewCLIPText(backbones.CLIPTextParams{
		Width: p.Text.Width, Layers: p.Text.Layers, Heads: p.Text.Heads, EmbedDim: p.EmbedDim,
		Activation: p.Text.Activation,
	}, p.Text.ContextLength, vocabulary)
	return t, err
}

// Tokenizer implements framework.CaptionMethod.
func (t *towers) Tokenizer(captions iter.Seq[string]) (framework.Tokenizer, error) {
	if t.tokenizer != nil {
		return t.tokenizer, nil
	}
	return tokenizer.Learn(captions, cmp.Or(t.params.Tokenizer.Vocabulary, learnedVocabulary), t.params.Text.ContextLength)
}

// EmbedImages implements framework.CaptionMethod.
func (t *towers) EmbedImages(encoder *model.Scope, features *graph.Node) *graph.Node {
	width := features.Shape().Dim(-1)
	switch {
	case t.params.ImageProjection == "linear", t.params.ImageProjection == "auto" && width != t.params.EmbedDim:
		start := nn.Normal(1 / math.Sqrt(float64(width))) // as the projections inside CLIP's towers
		features = nn.Projection(encoder, features, "image_projection", t.params.EmbedDim, start)
	case width != t.params.EmbedDim:
		panic(
			fmt.Errorf("the backbone's features are %d wide and the texts' embeddings %d; set embed_dim to %d or "+
				"image_projection to linear", width, t.params.EmbedDim, width),
		)
	}
	return nn.L2Normalize(features)
}

// EmbedTexts implements framework.CaptionMethod.
func (t *towers) EmbedTexts(encoder *model.Scope, tokens *graph.Node) *graph.Node {
	return nn.L2Normalize(t.text.Embed(encoder.At("text"), tokens))
}

// pair embeds the batch: its images, and its captions beside them.
func (t *towers) pair(s *framework.Step) (images, texts *graph.Node) {
	if s.Tokens == nil {
		panic(fmt.Errorf("the step has no captions; train on a data set with captions or with named classes"))
	}
	encoder := s.Online()
	return t.EmbedImages(encoder, s.Backbone(encoder, s.Views[0])), t.EmbedTexts(encoder, s.Tokens)
}

// Adjust implements framework.ParameterAdjuster: parameters of fewer than two
// axes, which are the biases, those of norms and of the loss, and the class token,
// have no weight decay (Radford et al. 2021, §2.5; mlfoundations/open_clip, main.py).
func (t *towers) Adjust(_ *framework.Step, parameter *optim.Param) {
	if optim.IsBiasOrNorm(parameter.Var) || optim.IsToken(parameter.Var) {
		parameter.NoDecay = true
	}
}

// learned is a scalar that is learned beside the towers.
func learned(s *framework.Step, name string, start float64) *graph.Node {
	return nn.Parameter(s.Online(), s.Graph, name, nn.Constant(start))
}
