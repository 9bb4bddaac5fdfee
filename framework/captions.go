package framework

import (
	"iter"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// CaptionMethod is implemented by methods that learn from images and their
// captions, such as CLIP. Their steps have [Step.Tokens], and evaluations use
// their embeddings for zero-shot classification and for retrieval.
type CaptionMethod interface {
	Method
	// Tokenizer returns the tokenizer of a training whose captions are those;
	// equal captions in equal order give equal tokenizers. The sequence can be
	// gone through more than once.
	Tokenizer(captions iter.Seq[string]) (Tokenizer, error)
	// EmbedImages maps the backbone's features [N, FeatureDim] to the space that
	// images and texts share: unit vectors [N, D].
	EmbedImages(encoder *model.Scope, features *graph.Node) *graph.Node
	// EmbedTexts maps token ids [N, L] to the same space: unit vectors [N, D].
	EmbedTexts(encoder *model.Scope, tokens *graph.Node) *graph.Node
}

// Tokenizer turns a text into token ids. It is safe for concurrent use.
type Tokenizer interface {
	// Tokens returns the ids of a text, from the start to the end of text and at
	// most as many as the method's context is long.
	Tokens(text string) []int32
}

// Captions makes token ids of a training's captions.
type Captions struct {
	Tokenizer Tokenizer
	// Length is the number of ids in a row, at least 1: those of the longest
	// caption. A longer one is cut before its end of text.
	Length int
}

// NewCaptions prepares the captions of a training set for a method.
func NewCaptions(method CaptionMethod, captions iter.Seq[string]) (*Captions, error) {
	tokenizer, err := method.Tokenizer(captions)
	if err != nil {
		return nil, err
	}
	return &Captions{Tokenizer: tokenizer, Length: tokenLength(tokenizer, captions)}, nil
}

// CaptionsOf prepares texts, such as prompts, for a tokenizer.
func CaptionsOf(tokenizer Tokenizer, texts []string) *Captions {
	return &Captions{Tokenizer: tokenizer, Length: tokenLength(tokenizer, slices.Values(texts))}
}

func tokenLength(tokenizer Tokenizer, texts iter.Seq[string]) int {
	length := 1
	for text := range texts {
		length = max(length, len(tokenizer.Tokens(text)))
	}
	return length
}

// Batch returns the token ids of captions, [len(captions), Length] int32. Short
// rows are filled up with 0.
func (c *Captions) Batch(captions []string) *tensors.Tensor {
	ids := make([]int32, len(captions)*c.Length)
	for i, caption := range captions {
		row, tokens := ids[i*c.Length:(i+1)*c.Length], c.Tokenizer.Tokens(caption)
		if copied := copy(row, tokens); copied < len(tokens) {
			row[copied-1] = tokens[len(tokens)-1]
		}
	}
	return tensors.FromFlatDataAndDimensions(ids, len(captions), c.Length)
}
