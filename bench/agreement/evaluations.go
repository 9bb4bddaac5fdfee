package main

import (
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework/augment"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

//go:embed peer_evaluations.py
var evaluationsScript []byte

// What both sides do with the features.
const (
	evaluatedTraining, evaluatedTest = 5000, 2000
	probeDecay                       = 1e-3
	probeRate, probeEpochs           = 0.1, 30
)

// judgement is what others' evaluation code says of the features.
type judgement struct {
	Name, Versions string
	K              int     // neighbors; 0 for a probe
	Temperature    float64 // of their votes
	Probe          string  // the protocol here, of a probe
	Top1, Top5     float64 // fractions; Top5 is 0 where it is not counted
	Guesses        []int   // nil where the code does not say them
	// Same is the share of guesses that a second run by another order of the samples repeats; 0 where there is no order.
	Same float64
}

// compareEvaluations evaluates the same features on both sides, and prints a table.
func (p peer) compareEvaluations(ctx context.Context, w io.Writer, backend compute.Backend, images, test string) error {
	folder, err := os.MkdirTemp("", "agreement")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	training, err := features(ctx, backend, images, evaluatedTraining, filepath.Join(folder, "train"))
	if err != nil {
		return err
	}
	tested, err := features(ctx, backend, test, evaluatedTest, filepath.Join(folder, "test"))
	if err != nil {
		return err
	}
	theirs, err := p.judge(ctx, folder, training.Dim)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "| evaluation | beside | top-1 here | top-1 there | top-5 here | top-5 there | equal guesses |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|")
	for _, j := range theirs {
		ours, err := j.here(ctx, backend, training, tested)
		if err != nil {
			return fmt.Errorf("%s: %w", j.Name, err)
		}
		if err := j.print(w, ours, tested.Labels); err != nil {
			return err
		}
	}
	return nil
}

func (j judgement) print(w io.Writer, ours *eval.Scores, labels []int) error {
	top1, err := ours.TopK(labels, 1)
	if err != nil {
		return err
	}
	top5, err := ours.TopK(labels, 5)
	if err != nil {
		return err
	}
	fifth := func(x float64) string {
		if j.Top5 == 0 {
			return ""
		}
		return fmt.Sprintf("%.2f", 100*x)
	}
	equal := ""
	if j.Guesses != nil {
		same := 0
		for i, guess := range ours.Predictions() {
			if guess == j.Guesses[i] {
				same++
			}
		}
		equal = fmt.Sprintf("%d of %d", same, len(labels))
	}
	if j.Same > 0 {
		equal += fmt.Sprintf("; there, by another order, %.0f", j.Same*float64(len(labels)))
	}
	fmt.Fprintf(w, "| %s | %s | %.2f | %.2f | %s | %s | %s |\n",
		j.Name, j.Versions, 100*top1, 100*j.Top1, fifth(top5), fifth(j.Top5), equal)
	return nil
}

// here evaluates as kontrast does.
func (j judgement) here(
	ctx context.Context, backend compute.Backend, training, test eval.Set,
) (scores *eval.Scores, err error) {
	classes := 10
	switch j.Probe {
	case "":
		return eval.KNN{K: j.K, Temperature: j.Temperature, Backend: backend}.Classify(ctx, training, test.Features, classes)
	case "linear":
		probe := eval.Logistic{WeightDecay: probeDecay, Standardize: true, Backend: backend}
		linear, err := probe.Fit(ctx, training, classes)
		if err != nil {
			return nil, err
		}
		return linear.Logits(test.Features)
	}
	grid := eval.DefaultGrid()
	grid.Rates, grid.Epochs = []float64{probeRate}, probeEpochs
	in := &eval.Input{
		Backend: backend, Training: training, Test: test, Classes: classes, Settings: eval.Settings{LinearGrid: grid},
	}
	err = eval.Measure(ctx, in, []string{j.Probe}, func(r *eval.Result) error {
		scores = r.Scores
		return nil
	})
	return scores, err
}

// features are those of an untrained ResNet-18 of a quarter of its width, which are written for the peer, too.
func features(
	ctx context.Context, backend compute.Backend, path string, count int, to string,
) (set eval.Set, err error) {
	dataset, err := openImages(ctx, path, count)
	if err != nil {
		return set, err
	}
	recipe, err := augment.Named("none", 32)
	if err != nil {
		return set, err
	}
	pipeline, err := augment.Compile(recipe, data.ImageNet)
	if err != nil {
		return set, err
	}
	pass, err := loader.New(dataset, pipeline, loader.Evaluation(100))
	if err != nil {
		return set, err
	}
	r := row{backbone: "resnet18", tower: backbones.ResNetParams{Stem: "cifar", Width: 0.25, Init: "torchvision"}}
	backbone, err := r.network()
	if err != nil {
		return set, err
	}
	store := model.NewStore()
	defer store.Finalize()
	if err := nn.SetSeed(store, 1); err != nil {
		return set, err
	}
	network, err := embed.New(backend, store, func(online *model.Scope, x *graph.Node) *graph.Node {
		return backbone.Embed(online.At("backbone"), x)
	})
	if err != nil {
		return set, err
	}
	defer network.Close()
	embedded, err := network.Images(ctx, pass)
	if err != nil {
		return set, err
	}
	set = embedded.Set
	labels := make([]int32, len(set.Labels))
	for i, label := range set.Labels {
		labels[i] = int32(label)
	}
	for end, values := range map[string]any{".features": set.Data, ".labels": labels} {
		f, err := create(to + end)
		if err != nil {
			return set, err
		}
		if err := firstError(binary.Write(f, binary.LittleEndian, values), f.close()); err != nil {
			return set, err
		}
	}
	return set, nil
}

// judge runs the peer on the features in the folder.
func (p peer) judge(ctx context.Context, folder string, dim int) (found []judgement, err error) {
	settings, err := json.Marshal(map[string]any{
		"Dim": dim, "Decay": probeDecay, "Rate": probeRate, "Epochs": probeEpochs, "DINO": p.dino, "Solo": p.solo,
	})
	if err != nil {
		return nil, err
	}
	text, err := p.run(ctx, folder, "peer_evaluations.py", evaluationsScript, folder, string(settings))
	if err != nil {
		return nil, err
	}
	return found, json.Unmarshal(text, &found)
}
