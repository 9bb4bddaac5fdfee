package experiment

import (
	"cmp"
	"context"
	_ "embed" // load.py
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/checkpoint"
	"github.com/kontrast-ml/kontrast/internal/weights/torchlayout"
)

// backbonePath is where a store has the variables of the backbone that is evaluated.
const backbonePath = "/online/backbone/"

// Export writes what the latest checkpoint of a run has learned to a folder,
// for other programs, and returns the paths: backbone.safetensors has the
// weights of the backbone by the names and in the layouts of PyTorch;
// train.safetensors and test.safetensors have, for each sample in the order of
// the data set, its features [N, D] float32, not normalized, its label [N] int64
// and its index in the split [N] int64: samples that cannot be read are missing.
// The metadata of each file has the run, its configuration, the names of the
// classes and the normalization of the images as JSON. load.py builds the
// backbone in PyTorch.
func (r *Runner) Export(ctx context.Context, id int64, folder string, set ...string) (*Exported, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	plan, err := r.stored(run, set...)
	if err != nil {
		return nil, err
	}
	session, at, err := r.trained(ctx, plan, run)
	if err != nil {
		return nil, err
	}
	defer session.close()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	classes, err := json.Marshal(session.images.training.Classes())
	if err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	info := map[string]string{
		"run": run.Name, "step": strconv.Itoa(at.Steps), "config": string(config.Canonical(plan.Spec)),
		"classes":       string(classes),
		"normalization": string(config.Canonical(session.images.normalization)),
		"images":        session.images.describe(),
	}
	exported := &Exported{Images: session.images.describe(), Normalization: string(config.Canonical(session.images.normalization))}
	save := func(name string, values map[string]*tensors.Tensor) error {
		path := filepath.Join(folder, name+".safetensors")
		if err := checkpoint.Save(path, &checkpoint.Checkpoint{Tensors: values, Info: info}); err != nil {
			return fmt.Errorf("export: %w", err)
		}
		exported.Files = append(exported.Files, path)
		return nil
	}
	for _, split := range []struct {
		name data.Split
		set  data.Dataset
	}{{data.Train, session.images.training}, {data.Test, session.images.test}} {
		features, err := session.exportFeatures(ctx, split.name, split.set)
		if err != nil {
			return nil, err
		}
		if err := save(string(split.name), features); err != nil {
			return nil, err
		}
	}
	weights, err := session.exportWeights()
	if err != nil {
		return nil, err
	}
	exported.Backbone = plan.Backbone.Name + form(weights)
	info["backbone"] = exported.Backbone
	if err := save("backbone", weights); err != nil {
		return nil, err
	}
	program := filepath.Join(folder, "load.py")
	if err := os.WriteFile(program, []byte(loadProgram), 0o644); err != nil {
		return nil, fmt.Errorf("export: %w", err)
	}
	exported.Files = append(exported.Files, program)
	return exported, nil
}

// Exported says what an export has written.
type Exported struct {
	Files         []string
	Backbone      string // its name with what images of a size settle: the stem or the side of a patch
	Images        string // what an image goes through
	Normalization string // of the images, as JSON
}

// loadProgram is a module of Python that builds any exported backbone in PyTorch.
//
//go:embed load.py
var loadProgram string

// form says which of the forms of a backbone the weights are of.
func form(weights map[string]*tensors.Tensor) string {
	if first := weights["conv1.weight"]; first != nil {
		kernel := first.Shape().Dimensions[2]
		stem := map[int]string{7: "imagenet", 3: "cifar"}[kernel]
		return fmt.Sprintf(" with stem %s (%d×%[2]d)", cmp.Or(stem, "of its own"), kernel)
	}
	if patches := weights["patch_embed.proj.weight"]; patches != nil {
		return fmt.Sprintf(" with patches of %d×%[1]d", patches.Shape().Dimensions[2])
	}
	return ""
}

func (s *session) exportFeatures(ctx context.Context, split data.Split, set data.Dataset) (map[string]*tensors.Tensor, error) {
	images, err := s.embedded(ctx, split, set)
	if err != nil {
		return nil, err
	}
	labels, samples := make([]int64, images.Len()), make([]int64, images.Len())
	for i, label := range images.Labels {
		labels[i], samples[i] = int64(label), int64(images.Indices[i])
	}
	return map[string]*tensors.Tensor{
		"features": tensors.FromFlatDataAndDimensions(images.Data, images.Len(), images.Dim),
		"labels":   tensors.FromFlatDataAndDimensions(labels, len(labels)),
		"samples":  tensors.FromFlatDataAndDimensions(samples, len(samples)),
	}, nil
}

func (s *session) exportWeights() (map[string]*tensors.Tensor, error) {
	weights := map[string]*tensors.Tensor{}
	for v := range s.store.IterVariables() {
		path, ok := strings.CutPrefix(v.Path(), backbonePath)
		if !ok {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("export: variable %s: %w", v.Path(), err)
		}
		name, converted := torchlayout.Convert(path, value)
		weights[name] = converted
	}
	return weights, nil
}
