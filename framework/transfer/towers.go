package transfer

import (
	"context"
	"errors"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/eval"
	"github.com/kontrast-ml/kontrast/framework/loader"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Towers embeds images and texts in the space that they share, with the
// weights of a store as they are: batch norm uses its running statistics.
type Towers struct {
	tokenizer     framework.Tokenizer
	images, texts *model.Exec
}

// NewTowers prepares the networks. Weights that do not exist yet start from the store's seed.
func NewTowers(backend compute.Backend, store *model.Store, backbone framework.Backbone, method framework.CaptionMethod, tokenizer framework.Tokenizer) (*Towers, error) {
	prepare := func(embed func(online *model.Scope, x *graph.Node) *graph.Node) (*model.Exec, error) {
		return model.NewExec(backend, store, func(root *model.Scope, x *graph.Node) *graph.Node {
			root.Store().SetTraining(x.Graph(), false)
			return embed(framework.OnlineScope(root), x)
		})
	}
	images, err := prepare(func(online *model.Scope, x *graph.Node) *graph.Node {
		return method.EmbedImages(online, backbone.Embed(online.At("backbone"), x))
	})
	if err != nil {
		return nil, fmt.Errorf("image tower: %w", err)
	}
	texts, err := prepare(method.EmbedTexts)
	if err != nil {
		images.Finalize()
		return nil, fmt.Errorf("text tower: %w", err)
	}
	return &Towers{tokenizer, images, texts}, nil
}

// Close releases the compiled graphs. The variables stay.
func (t *Towers) Close() {
	t.images.Finalize()
	t.texts.Finalize()
}

// Images are embedded images, with what is known of them.
type Images struct {
	eval.Set
	Captions []string // of the images; nil if the loader carries none
}

// Images embeds one pass over a loader's data set.
func (t *Towers) Images(ctx context.Context, from *loader.Loader) (Images, error) {
	var out Images
	for batch, err := range from.Batches(ctx, 0, 0) {
		if err != nil {
			return out, err
		}
		if err := t.add(&out, batch); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (t *Towers) add(out *Images, batch *loader.Batch) error {
	defer batch.Release()
	size := batch.Sizes[0]
	embedded, err := run(t.images, tensors.FromFlatDataAndDimensions(batch.Views[0], len(batch.Indices), size, size, 3))
	if err != nil {
		return fmt.Errorf("image tower: %w", err)
	}
	out.Dim = embedded.Dim
	out.Data = append(out.Data, embedded.Data[:batch.Count*embedded.Dim]...)
	for _, label := range batch.Labels[:batch.Count] {
		out.Labels = append(out.Labels, int(label))
	}
	if batch.Captions != nil {
		out.Captions = append(out.Captions, batch.Captions[:batch.Count]...)
	}
	return nil
}

// Evaluate makes the evaluations that the images allow: zero-shot
// classification if there are classes, retrieval if the images have captions of
// their own. The images were embedded by [Towers.Images].
func (t *Towers) Evaluate(ctx context.Context, images Images, classes []string, prompts Prompts) ([]*Result, error) {
	embed := func(texts []string) (eval.Features, error) { return t.Texts(ctx, texts) }
	var results []*Result
	if len(classes) > 0 {
		result, err := ZeroShot(images.Set, classes, prompts, embed)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	if images.Captions != nil {
		found, err := Retrieval(images, embed)
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
	captions := framework.CaptionsOf(t.tokenizer, texts)
	for start := 0; start < len(texts); start += textBatch {
		if err := ctx.Err(); err != nil {
			return out, err
		}
		part := texts[start:min(start+textBatch, len(texts))]
		rows := len(part)
		if start > 0 { // fill the last batch up, to run the same graph
			part = append(append([]string(nil), part...), make([]string, textBatch-rows)...)
		}
		embedded, err := run(t.texts, captions.Batch(part))
		if err != nil {
			return out, fmt.Errorf("text tower: %w", err)
		}
		out.Dim = embedded.Dim
		out.Data = append(out.Data, embedded.Data[:rows*embedded.Dim]...)
	}
	return out, nil
}

// run embeds a batch, and releases it.
func run(exec *model.Exec, batch *tensors.Tensor) (eval.Features, error) {
	defer batch.MustFinalizeAll()
	var result *tensors.Tensor
	err := nn.Catch(func() {
		var err error
		if result, err = exec.Call1(batch); err != nil {
			panic(err)
		}
	})
	if err != nil {
		return eval.Features{}, err
	}
	defer result.MustFinalizeAll()
	return eval.Features{Dim: result.Shape().Dim(-1), Data: tensors.MustCopyFlatData[float32](result)}, nil
}
