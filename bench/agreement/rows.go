package main

import (
	"encoding/json"
	"fmt"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/train"
	"github.com/kontrast-ml/kontrast/methods/barlowtwins"
	"github.com/kontrast-ml/kontrast/methods/byol"
	"github.com/kontrast-ml/kontrast/methods/clip"
	"github.com/kontrast-ml/kontrast/methods/dino"
	"github.com/kontrast-ml/kontrast/methods/moco"
	"github.com/kontrast-ml/kontrast/methods/nnclr"
	"github.com/kontrast-ml/kontrast/methods/simclr"
	"github.com/kontrast-ml/kontrast/methods/simsiam"
	"github.com/kontrast-ml/kontrast/methods/swav"
	"github.com/kontrast-ml/kontrast/methods/vicreg"
)

// What all rows have in common.
const (
	epochs    = 3
	batchSize = 16
	imageSize = 8
)

// row is a method with its settings, which both sides read.
type row struct {
	name, title string
	peer        string // whose code is beside it
	official    bool   // needs a clone of DINO
	method      func() (framework.Method, error)
	params      any
	backbone    string
	tower       any
	recipe      string
	optimizer   optim.Config
	rate        optim.RateConfig
	captions    bool
}

// rows are all that there are. Widths are tiny; rates are such that losses move in 300 steps.
func rows() []row {
	const lightly, dinoCode, openCLIP = "lightly", "facebookresearch/dino", "open_clip"
	resNet := backbones.CIFARResNetParams{Width: 0.5, Shortcut: "projection", Init: "torchvision"}
	sgd := optim.Config{Name: "sgd", Momentum: 0.9, WeightDecay: 1e-4, DecayAll: true}
	lars := optim.Config{Name: "lars", Momentum: 0.9, Trust: 0.02, WeightDecay: 1e-6}
	adamW := optim.Config{Name: "adamw", Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, WeightDecay: 0.04, ClipEach: 3}
	rate := func(base float64) optim.RateConfig {
		return optim.RateConfig{Base: base, Absolute: true, Schedule: "cosine", Form: optim.Lightly, WarmupEpochs: 0.2}
	}
	dinoRate := rate(0.001)
	dinoRate.Form, dinoRate.WarmupEpochs = optim.DINO, 1
	clipRate := rate(0.001)
	clipRate.Form, clipRate.WarmupEpochs = optim.MoCoV3, 0
	clipAdamW := optim.Config{Name: "adamw", Beta1: 0.9, Beta2: 0.98, Epsilon: 1e-6, WeightDecay: 0.2}

	simCLR := simclr.Params{
		Temperature: 0.5, HiddenDim: 32, OutputDim: 16, HeadLayers: 2, BatchNorm: "per-view", OutputBias: true,
	}
	moCo := moco.Params{Temperature: 0.2, EncoderMomentum: 0.99, Queue: 128, OutputDim: 16, BatchNormSplits: 1}
	bYOL := byol.Params{TargetMomentum: 0.99, HiddenDim: 32, OutputDim: 16, HeadBias: "output", TargetMoves: "before"}
	simSiam := simsiam.Params{ProjectorLayers: 3, HiddenDim: 32, OutputDim: 32, BottleneckDim: 8, FixPredictorLR: true}
	swAV := swav.Params{
		Temperature: 0.1, Epsilon: 0.05, Iterations: 3, Prototypes: 24, FreezeEpochs: 0.2, HiddenDim: 32, OutputDim: 16,
	}
	barlow := barlowtwins.Params{Lambda: 0.005, Scale: 1, HeadLayers: 3, HiddenDim: 32, OutputDim: 32, BiasLRScale: 1}
	vicReg := vicreg.Params{
		Invariance: 25, Variance: 25, Covariance: 1, Variances: "mean", HeadLayers: 3, HiddenDim: 32, OutputDim: 32,
	}
	nnCLR := nnclr.Params{
		Temperature: 0.1, Queue: 128, ProjectorLayers: 3, HiddenDim: 32, PredictorDim: 32, OutputDim: 16,
	}
	dinoViT := dino.Params{
		StudentTemperature: 0.1, WarmupTemperature: 0.04, TeacherTemperature: 0.07, WarmupEpochs: 2, TeacherMomentum: 0.99,
		CenterMomentum: 0.9, HeadLayers: 3, HiddenDim: 32, BottleneckDim: 16, OutputDim: 48, FreezeEpochs: 1,
		StartDecay: 0.04, EndDecay: 0.4,
	}
	dinoResNet := dinoViT
	dinoResNet.BatchNorm = true
	clipParams := clip.Factory.Defaults().(*clip.Params)
	clipParams.EmbedDim = 16
	clipParams.Text = clip.Text{Width: 16, Layers: 2, Heads: 2, ContextLength: 32}
	clipParams.Tokenizer.Vocabulary = 600

	of := func(method framework.Method, err error) func() (framework.Method, error) {
		return func() (framework.Method, error) { return method, err }
	}
	return []row{
		{"simclr", "SimCLR", lightly, false, of(simclr.New(simCLR)), simCLR,
			"resnet8", resNet, "simclr-cifar", sgd, rate(0.02), false},
		{"mocov2", "MoCo v2", lightly, false, of(moco.NewV2(moCo)), moCo,
			"resnet8", resNet, "mocov2-cifar", sgd, rate(0.02), false},
		{"byol", "BYOL", lightly, false, of(byol.New(bYOL)), bYOL,
			"resnet8", resNet, "byol-cifar", sgd, rate(0.02), false},
		{"simsiam", "SimSiam", lightly, false, of(simsiam.New(simSiam)), simSiam,
			"resnet8", resNet, "mocov2-cifar", sgd, rate(0.02), false},
		{"swav", "SwAV", lightly, false, of(swav.New(swAV)), swAV,
			"resnet8", resNet, "swav-cifar", lars, rate(0.05), false},
		{"dino-resnet", "DINO, ResNet", dinoCode, true, of(dino.New(dinoResNet)), dinoResNet,
			"resnet8", resNet, "dino-cifar", adamW, dinoRate, false},
		{"dino-vit", "DINO, ViT", dinoCode, true, of(dino.New(dinoViT)), dinoViT,
			"vit", backbones.ViTParams{
				Patch: 2, Width: 16, Layers: 3, Heads: 2, MLPRatio: 4, MLP: "gelu", Pooling: "token",
				Positions: "learned-1d", Epsilon: 1e-6, Init: "timm",
			}, "dino-cifar", adamW, dinoRate, false},
		{"barlowtwins", "Barlow Twins", lightly, false, of(barlowtwins.New(barlow)), barlow,
			"resnet8", resNet, "byol-cifar", lars, rate(0.05), false},
		{"vicreg", "VICReg", lightly, false, of(vicreg.New(vicReg)), vicReg,
			"resnet8", resNet, "byol-cifar", lars, rate(0.02), false},
		{"nnclr", "NNCLR", lightly, false, of(nnclr.New(nnCLR)), nnCLR,
			"resnet8", resNet, "simclr-cifar", lars, rate(0.05), false},
		{"clip", "CLIP", openCLIP, false, of(clip.New(*clipParams)), *clipParams,
			"clip-vit", backbones.CLIPViTParams{Patch: 2, Width: 16, Layers: 2, Heads: 2, EmbedDim: 16, Init: "clip"},
			"clip", clipAdamW, clipRate, true},
	}
}

// network makes the row's backbone.
func (r row) network() (framework.Backbone, error) {
	for _, factory := range backbones.Builtin() {
		if factory.Name != r.backbone {
			continue
		}
		params := factory.Defaults()
		text, err := json.Marshal(r.tower)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, params); err != nil {
			return nil, err
		}
		return factory.New(params, imageSize, 3)
	}
	return nil, fmt.Errorf("there is no backbone %s", r.backbone)
}

// schedules are those of the training and of the method.
func (r row) schedules(method framework.Method, length framework.Length) (map[string]optim.Schedule, error) {
	config := train.Config{Epochs: epochs, BatchSize: batchSize, Optimizer: r.optimizer, LearningRate: r.rate}
	schedules, err := config.Schedules(length)
	if err != nil {
		return nil, err
	}
	if scheduler, ok := method.(framework.Scheduler); ok {
		for name, schedule := range scheduler.Schedules(length) {
			schedules[name] = schedule
		}
	}
	return schedules, nil
}
