package framework

import (
	"iter"

	"github.com/gomlx/gomlx/core/graph"
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
