package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/bench/internal/imagefolder"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/eval/transfer"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// openImages returns some of the images, as many of each class.
func openImages(ctx context.Context, path string, count int) (data.Dataset, error) {
	all, err := imagefolder.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	some, err := data.Subset{Limit: count}.Of(all)
	if err != nil {
		return nil, err
	}
	captioned, err := transfer.Captioned(some, transfer.Prompts{Templates: []string{"a photo of a {}", "the {}"}})
	return data.Cached(captioned, 1<<30), err
}

// batches are the views of a whole training, which both sides see.
type batches struct {
	sizes   []int
	inputs  []train.Inputs
	context int // ids in a row of tokens; 0 without captions
}

// batches makes the views of a training, the same each time.
func (r row) batches(ctx context.Context, dataset data.Dataset, method framework.Method) (all *batches, err error) {
	recipe, err := augment.Named(r.recipe, imageSize)
	if err != nil {
		return nil, err
	}
	pipeline, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		return nil, err
	}
	batchesOf, err := loader.New(dataset, pipeline, loader.Config{
		Batch: batchSize, Seed: 1, Epochs: epochs, Shuffle: true, DropLast: true, Workers: 1, Captions: r.captions,
	})
	if err != nil {
		return nil, err
	}
	var captions *trainer.Captions
	if r.captions {
		captions, err = trainer.NewCaptions(method.(framework.CaptionMethod), transfer.Captions(dataset))
		if err != nil {
			return nil, err
		}
	}
	all = &batches{}
	for batch, err := range batchesOf.Batches(ctx, 0, 0) {
		if err != nil {
			return nil, err
		}
		in := train.Inputs{
			Indices: tensors.FromFlatDataAndDimensions(slices.Clone(batch.Indices), batchSize),
			Labels:  tensors.FromFlatDataAndDimensions(slices.Clone(batch.Labels), batchSize),
		}
		all.sizes = batch.Sizes
		for i, view := range batch.Views {
			size := batch.Sizes[i]
			in.Views = append(in.Views, tensors.FromFlatDataAndDimensions(slices.Clone(view), batchSize, size, size, 3))
		}
		if captions != nil {
			in.Tokens = captions.Batch(batch.Captions)
			all.context = captions.Length
		}
		all.inputs = append(all.inputs, in)
		batch.Release()
	}
	return all, nil
}

// write puts the views where the peer finds them: step by step, view by view,
// [N, H, W, 3] in float32, and the tokens.
func (b *batches) write(folder string) error {
	views, err := create(filepath.Join(folder, "views.bin"))
	if err != nil {
		return err
	}
	tokens, err := create(filepath.Join(folder, "tokens.bin"))
	if err != nil {
		return err
	}
	for _, in := range b.inputs {
		for _, view := range in.Views {
			pixels := tensors.MustCopyFlatData[float32](view)
			if err := binary.Write(views, binary.LittleEndian, pixels); err != nil {
				return err
			}
		}
		if in.Tokens != nil {
			ids := tensors.MustCopyFlatData[int32](in.Tokens)
			if err := binary.Write(tokens, binary.LittleEndian, ids); err != nil {
				return err
			}
		}
	}
	return firstError(views.close(), tokens.close())
}

// file is a buffered file.
type file struct {
	*bufio.Writer
	f *os.File
}

func create(path string) (*file, error) {
	f, err := os.Create(path)
	return &file{bufio.NewWriterSize(f, 1<<20), f}, err
}

func (f *file) close() error { return firstError(f.Flush(), f.f.Close()) }

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
