package main

import (
	"context"
	"path/filepath"
	"runtime"

	"github.com/kontrast-ml/kontrast/bench/internal/clock"
	"github.com/kontrast-ml/kontrast/bench/internal/imagefolder"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// task is some work on image files.
type task struct {
	name   string
	size   int    // of the views; 0 to decode only
	method string // that is trained; empty for no training
	// Of a training:
	backbone, recipe string
	images, batch    int
}

// photos are what is decoded and what larger views are cut from.
const photos = 240

var tasks = []task{
	{name: "decode"},
	{name: "view", size: 224},
	{"train-simclr-32", 32, "simclr", "resnet20", "simclr-cifar", 2048, 128},
	{"train-mocov2-32", 32, "mocov2", "resnet20", "mocov2", 2048, 128},
	{"train-dino-32", 32, "dino", "resnet20", "dino", 1024, 128},
	{"train-simclr-224", 224, "simclr", "resnet18", "simclr", photos, 16},
	{"train-mocov2-224", 224, "mocov2", "resnet18", "mocov2", photos, 16},
	{"train-dino-224", 224, "dino", "resnet18", "dino", photos, 16},
}

// Name implements turns.Task.
func (t task) Name() string { return t.name }

// folder is where a task's files lie below that of all files.
func (t task) folder(files string) string {
	if t.size == 32 {
		return filepath.Join(files, "small")
	}
	return filepath.Join(files, "photos")
}

// result is what one process measured; peer.py prints the same.
type result struct {
	Images  float64 `json:"images_per_second"`
	Version string  `json:"version,omitempty"`
}

// measure times the second of two passes over the files, on one thread, by what the process uses of the processors.
func (t task) measure(ctx context.Context, files string) (m result, err error) {
	runtime.GOMAXPROCS(1)
	view, err := t.view()
	if err != nil {
		return m, err
	}
	var image data.Image
	for range 2 {
		images, err := imagefolder.Open(ctx, t.folder(files)) // again, without the images that it keeps
		if err != nil {
			return m, err
		}
		begin := clock.Processor()
		for i := range images.Len() {
			if err := images.Image(i, &image); err != nil {
				return m, err
			}
			if err := view(i, &image); err != nil {
				return m, err
			}
		}
		m.Images = float64(images.Len()) / (clock.Processor() - begin).Seconds()
	}
	return m, nil
}

// view makes the first of SimCLR's two views, if the task is about views.
func (t task) view() (func(i int, image *data.Image) error, error) {
	if t.size == 0 {
		return func(int, *data.Image) error { return nil }, nil
	}
	recipe, err := augment.Named("simclr", t.size)
	if err != nil {
		return nil, err
	}
	pipeline, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		return nil, err
	}
	pixels, scratch := make([]float32, t.size*t.size*3), augment.Scratch{}
	return func(i int, image *data.Image) error {
		return pipeline.Apply(pixels, image, 0, random.New(1, uint64(i)), &scratch)
	}, nil
}
