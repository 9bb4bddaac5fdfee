package main

// row is one of the table's rows: a task of a benchmark, and what its ratio to the peer should be.
type row struct {
	name, work  string
	bench, task string
	goal        float64
	before      float64 // the ratio on two threads on 28 November 2026; 0 where it was not measured
	single      bool    // the work is one thread's
}

// The benchmarks, by their folders.
const (
	steps    = "bench/steps"
	images   = "bench/images"
	eval     = "bench/eval"
	features = "internal/eval/embed"
)

var rows = []row{
	{name: "vit-ti", work: "ViT-Ti/4 training, 32×32, batch 64",
		bench: steps, task: "vit-ti", goal: 2.1, before: 1.55},
	{name: "vit-s", work: "ViT-S/16 training, 224×224, batch 8",
		bench: steps, task: "vit-s", goal: 1.6, before: 1.25},
	{name: "resnet50", work: "ResNet-50 training, 224×224, batch 8",
		bench: steps, task: "resnet50", goal: 1.7, before: 1.45},
	{name: "simclr-32", work: "SimCLR from 32×32 files, ResNet-20",
		bench: images, task: "train-simclr-32", goal: 3, before: 2.5},
	{name: "mocov2-32", work: "MoCo v2 from 32×32 files, ResNet-20", bench: images, task: "train-mocov2-32", goal: 3},
	{name: "dino-32", work: "DINO from 32×32 files, ResNet-20", bench: images, task: "train-dino-32", goal: 3},
	{name: "simclr-224", work: "SimCLR from photos, 224×224, ResNet-18",
		bench: images, task: "train-simclr-224", goal: 2},
	{name: "mocov2-224", work: "MoCo v2 from photos, 224×224, ResNet-18",
		bench: images, task: "train-mocov2-224", goal: 2},
	{name: "dino-224", work: "DINO from photos, 224×224, ResNet-18", bench: images, task: "train-dino-224", goal: 2},
	{name: "decode", work: "decoding a JPEG of 500×375",
		bench: images, task: "decode", goal: 1, before: 0.22, single: true},
	{name: "view", work: "file to SimCLR's view of 224×224",
		bench: images, task: "view", goal: 3, before: 1.44, single: true},
	{name: "features-resnet20", work: "features of ResNet-20", bench: features, task: "resnet20", goal: 0.9},
	{name: "features-resnet18", work: "features of ResNet-18", bench: features, task: "resnet18", goal: 0.9},
	{name: "features-vit", work: "features of ViT", bench: features, task: "vit", goal: 0.9},
	{name: "knn", work: "kNN of 50,000 × 10,000 × 512", bench: eval, task: "knn-large", goal: 1},
	{name: "probe", work: "linear probe of 50,000 × 512 × 10, to the same loss",
		bench: eval, task: "probe-large", goal: 2},
}

// Name implements turns.Task.
func (r row) Name() string { return r.name }
