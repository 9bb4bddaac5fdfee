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
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/checkpoint"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
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
func (r *Runner) Export(ctx context.Context, id int64, folder string, changes Changes) (*Exported, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	session, at, err := r.trained(ctx, run, changes)
	if err != nil {
		return nil, err
	}
	defer session.close()
	into := newExport(folder, session.plan.Backbone.Name, exportInfo(run, at, session.data))
	into.Images, into.Normalization = session.images.describe(), string(config.Canonical(session.images.normalization))
	into.info["images"] = into.Images
	if session.otherData != "" {
		into.info["data"] = session.otherData
	}
	if err := into.weights(session.store); err != nil {
		return nil, err
	}
	for _, split := range []struct {
		name data.Split
		set  data.Dataset
	}{{data.Train, session.images.training}, {data.Test, session.images.test}} {
		features, err := session.exportFeatures(ctx, split.name, split.set)
		if err != nil {
			return nil, err
		}
		if err := into.save(string(split.name), features); err != nil {
			return nil, err
		}
	}
	return &into.Exported, session.comparePixels(ctx)
}

// ExportWeights writes backbone.safetensors and load.py as Export does, and
// nothing else: it needs none of the images.
func (r *Runner) ExportWeights(ctx context.Context, id int64, folder string) (*Exported, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	plan, err := r.stored(ctx, run)
	if err != nil {
		return nil, err
	}
	known, err := r.Store.Data(ctx, id)
	if err != nil {
		return nil, err
	}
	session := &session{Runner: r, plan: plan, store: model.NewStore()}
	defer session.close()
	at, err := session.append(ctx, run)
	if err != nil {
		return nil, err
	}
	into := newExport(folder, plan.Backbone.Name, exportInfo(run, at, known))
	into.Normalization = string(known.Normalization)
	if known.ImageSize > 0 {
		into.Images = plainImages(known.ImageSize)
	}
	err = into.weights(session.store)
	return &into.Exported, err
}

// exportInfo is what the files say of the run.
func exportInfo(run store.Run, at train.Position, known store.Data) map[string]string {
	info := map[string]string{
		"run": run.Name, "run_uuid": run.UUID, "step": strconv.Itoa(at.Steps), "config": string(run.Config),
	}
	if len(known.Splits) > 0 {
		names := []string{}
		for _, class := range known.Splits[0].Classes {
			names = append(names, class.Name)
		}
		classes, _ := json.Marshal(names) // texts can be written
		info["classes"] = string(classes)
		info["normalization"] = string(known.Normalization)
		info["image_size"] = strconv.Itoa(known.ImageSize)
	}
	return info
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
	if weights["l.conv1.weight"] != nil || weights["l.patch_embed.proj.weight"] != nil { // CMC's are of one form
		of := map[string]*tensors.Tensor{}
		for name, value := range weights {
			if inside, found := strings.CutPrefix(name, "l."); found {
				of[inside] = value
			}
		}
		return form(of) + ", once for the lightness and once for the colors"
	}
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

// export is a folder of files that are written.
type export struct {
	Exported
	folder string
	info   map[string]string
}

func newExport(folder, backbone string, info map[string]string) *export {
	return &export{folder: folder, info: info, Exported: Exported{Backbone: backbone}}
}

func (e *export) save(name string, values map[string]*tensors.Tensor) error {
	if err := os.MkdirAll(e.folder, 0o755); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	path := filepath.Join(e.folder, name+".safetensors")
	if err := checkpoint.Save(path, &checkpoint.Checkpoint{Tensors: values, Info: e.info}); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	e.Files = append(e.Files, path)
	return nil
}

// weights writes those of the backbone, and how PyTorch reads them.
func (e *export) weights(from *model.Store) error {
	weights := map[string]*tensors.Tensor{}
	for v := range from.IterVariables() {
		path, ok := strings.CutPrefix(v.Path(), backbonePath)
		if !ok {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("export: variable %s: %w", v.Path(), err)
		}
		name, converted := torchlayout.Convert(path, value)
		weights[name] = converted
	}
	e.Backbone += form(weights)
	e.info["backbone"] = e.Backbone
	if err := e.save("backbone", weights); err != nil {
		return err
	}
	program := filepath.Join(e.folder, "load.py")
	if err := os.WriteFile(program, []byte(loadProgram), 0o644); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	e.Files = append(e.Files, program)
	return nil
}

func (s *session) exportFeatures(
	ctx context.Context, split data.Split, set data.Dataset,
) (map[string]*tensors.Tensor, error) {
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
