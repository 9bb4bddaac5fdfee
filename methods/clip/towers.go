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
	EmbedDim        int       `yaml:"embed_dim" doc:"width of the space that images and texts share" range:"[1,inf)" source:"Radford et al. 2021, Appendix F: 512 to 1024"`
	ImageProjection string    `yaml:"image_projection" doc:"linear maps the backbone's features to the shared space; none takes them as they are; auto is none for features that are embed_dim wide already, such as those of clip-vit and clip-resnet" oneof:"auto,linear,none" source:"Radford et al. 2021, §2.3"`
	Text            Text      `yaml:"text" doc:"the text transformer"`
	Tokenizer       Tokenizer `yaml:"tokenizer" doc:"how captions become tokens"`
}

// Text are the hyperparameters of the text transformer, the backbone clip-text.
type Text struct {
	Width         int `yaml:"width" doc:"width of the tokens" range:"[1,inf)" source:"Radford et al. 2021, §2.4: 512"`
	Layers        int `yaml:"layers" doc:"number of encoder blocks" range:"[1,inf)" source:"Radford et al. 2021, §2.4: 12"`
	Heads         int `yaml:"heads" doc:"attention heads, which divide the width" range:"[1,inf)" source:"Radford et al. 2021, §2.4: 8"`
	ContextLength int `yaml:"context_length" doc:"tokens that are kept of a text, with its start and end" range:"[2,inf)" source:"openai/CLIP, clip.py: 77; Radford et al. 2021, §2.4: 76"`
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
	Merges     string `yaml:"merges" doc:"file of merges in OpenAI's format, such as bpe_simple_vocab_16e6.txt.gz; empty learns them from the captions of the training set"`
	Vocabulary int    `yaml:"vocabulary" doc:"number of token ids, at least 514; 0 takes those of the file, at most CLIP's 49408, or 1024 for a tokenizer that is learned" range:"[0,1000000]" source:"Radford et al. 2021, §2.4: 49152 and the special tokens"`
}

// learnedVocabulary is the number of ids where neither a file nor the configuration says it.
const learnedVocabulary = 1024

// Validate checks what ranges can't.
func (p Tokenizer) Validate() error {
	if p.Vocabulary != 0 && p.Vocabulary < tokenizer.MinVocabulary {
		return config.Faultf("vocabulary", "%d ids are too few: the bytes and the ends of a text alone need %d", p.Vocabulary, tokenizer.MinVocabulary)
	}
	return nil
}

func defaultTowers() Towers {
	return Towers{
		EmbedDim: 128, ImageProjection: "auto",
		Text: Text{Width: 128, Layers: 4, Heads: 4, ContextLength: 77},
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
		panic(fmt.Errorf("the backbone's features are %d wide and the texts' embeddings %d; set embed_dim to %d or image_projection to linear", width, t.params.EmbedDim, width))
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
// axes, which are the biases, those of norms and those of the loss, have no
// weight decay (Radford et al. 2021, §2.5; mlfoundations/open_clip, main.py).
func (t *towers) Adjust(_ *framework.Step, parameter *optim.Param) {
	if optim.IsBiasOrNorm(parameter.Var) {
		parameter.NoDecay = true
	}
}

// learned is a scalar that is learned beside the towers.
func learned(s *framework.Step, name string, start float64) *graph.Node {
	return nn.Parameter(s.Online(), s.Graph, name, nn.Constant(start))
}
