package transfer

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

// Towers embeds images and texts in the space that they share, with the
// weights of a store as they are.
type Towers struct {
	tokenizer     framework.Tokenizer
	images, texts *embed.Network
}

// NewTowers prepares the networks. Weights that do not exist yet start from the store's seed.
func NewTowers(
	backend compute.Backend, store *model.Store, backbone framework.Backbone, method framework.CaptionMethod,
	tokenizer framework.Tokenizer,
) (*Towers, error) {
	images, err := embed.New(backend, store, func(online *model.Scope, x *graph.Node) *graph.Node {
		return method.EmbedImages(online, backbone.Embed(online.At("backbone"), x))
	})
	if err != nil {
		return nil, fmt.Errorf("image tower: %w", err)
	}
	texts, err := embed.New(backend, store, method.EmbedTexts)
	if err != nil {
		images.Close()
		return nil, fmt.Errorf("text tower: %w", err)
	}
	return &Towers{tokenizer, images, texts}, nil
}

// Close releases the compiled graphs. The variables stay.
func (t *Towers) Close() {
	t.images.Close()
	t.texts.Close()
}

// Images embeds one pass over a loader's data set.
func (t *Towers) Images(ctx context.Context, from *loader.Loader) (embed.Images, error) {
	images, err := t.images.Images(ctx, from)
	if err != nil {
		return images, fmt.Errorf("image tower: %w", err)
	}
	return images, nil
}

// Evaluate makes the evaluations that the images allow: zero-shot
// classification if there are classes, retrieval if the images have captions of
// their own: captions[i] are those of image i, nil for none at all. The images
// were embedded by [Towers.Images].
func (t *Towers) Evaluate(
	ctx context.Context, images embed.Images, captions [][]string, classes []string, prompts Prompts,
) ([]*eval.Result, error) {
	embedTexts := func(texts []string) (eval.Features, error) { return t.Texts(ctx, texts) }
	var results []*eval.Result
	if len(classes) > 0 {
		result, err := ZeroShot(ctx, images.Set, classes, prompts, embedTexts)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	if captions != nil {
		found, err := Retrieval(ctx, images.Features, captions, embedTexts)
		if err != nil {
			return nil, err
		}
		results = append(results, found...)
	}
	return results, nil
}

// textBatch is the number of texts that are embedded at a time.
const textBatch = 256

// Texts embeds texts, one row a text.
func (t *Towers) Texts(ctx context.Context, texts []string) (eval.Features, error) {
	var out eval.Features
	if len(texts) == 0 {
		return out, errors.New("text tower: there are no texts to embed")
	}
	captions := trainer.CaptionsOf(t.tokenizer, texts)
	for start := 0; start < len(texts); start += textBatch {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		part := texts[start:min(start+textBatch, len(texts))]
		rows := len(part)
		if start > 0 { // fill the last batch up, to run the same graph
			part = append(append([]string(nil), part...), make([]string, textBatch-rows)...)
		}
		embedded, err := t.texts.Embed(captions.Batch(part))
		if err != nil {
			return out, fmt.Errorf("text tower: %w", err)
		}
		out.Dim = embedded.Dim
		out.Data = append(out.Data, embedded.Data[:rows*embedded.Dim]...)
	}
	return out, nil
}
