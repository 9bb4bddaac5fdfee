package trainer

import (
	"iter"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework"
)

// Captions makes token ids of a training's captions.
type Captions struct {
	Tokenizer framework.Tokenizer
	// Length is the number of ids in a row, at least 1: those of the longest
	// caption. A longer one is cut before its end of text.
	Length int
}

// NewCaptions prepares the captions of a training set for a method.
func NewCaptions(method framework.CaptionMethod, captions iter.Seq[string]) (*Captions, error) {
	tokenizer, err := method.Tokenizer(captions)
	if err != nil {
		return nil, err
	}
	return &Captions{Tokenizer: tokenizer, Length: tokenLength(tokenizer, captions)}, nil
}

// CaptionsOf prepares texts, such as prompts, for a tokenizer.
func CaptionsOf(tokenizer framework.Tokenizer, texts []string) *Captions {
	return &Captions{Tokenizer: tokenizer, Length: tokenLength(tokenizer, slices.Values(texts))}
}

func tokenLength(tokenizer framework.Tokenizer, texts iter.Seq[string]) int {
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
