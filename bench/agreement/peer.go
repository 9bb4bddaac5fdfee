package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/kontrast-ml/kontrast/framework/data"
)

// near is how far from zero a value before a ReLU may be for rounding to decide on its side: four steps of a float
// at 1, the usual size of what batch norm gives, and as much as sums of a hundred products err.
const near = 5e-7

// resultName is the file that the peer writes last.
const resultName = "reference.json"

//go:embed peer.py
var peerScript []byte

// peer is the Python that trains the reference.
type peer struct {
	python, dino, solo string
	kept               string // folder of trainings that are kept; empty for none
	moved              int
}

// reference is what it found.
type reference struct {
	Versions    string
	Start       []variable // all values at the start, the layout and the paths ours
	Compared    []string   // paths of the weights, in the order of the trajectory
	Losses      []float64
	SelfLosses  []float64
	SelfWeights []float64

	trajectory []float32 // the weights after each step
	sizes      []int     // of those compared
	total      int
}

// variable is a value at the start.
type variable struct {
	Path   string
	Shape  []int
	values []float32
}

func (v variable) size() int {
	n := 1
	for _, d := range v.Shape {
		n *= d
	}
	return n
}

// prepareFor writes the settings and the views of a row to the folder, unless a
// training by these settings is found there.
func (r row) prepareFor(
	ctx context.Context, p peer, dataset data.Dataset, perEpoch int, folder string,
) (found bool, err error) {
	method, err := r.method()
	if err != nil {
		return false, err
	}
	b, err := r.batches(ctx, dataset, method)
	if err != nil {
		return false, err
	}
	network, err := r.network()
	if err != nil {
		return false, err
	}
	clone := ""
	if r.official {
		clone = p.dino
	}
	settings, err := json.Marshal(map[string]any{
		"Row": r.name, "Epochs": epochs, "StepsPerEpoch": perEpoch, "Batch": batchSize, "Size": imageSize,
		"Sizes": b.sizes, "Context": b.context, "Params": r.params, "Backbone": r.tower, "Features": network.FeatureDim(),
		"Optimizer": r.optimizer, "Rate": r.rate, "Moved": p.moved, "Near": near, "DINO": clone,
	})
	if err != nil {
		return false, err
	}
	path := filepath.Join(folder, "settings.json")
	if earlier, err := os.ReadFile(path); err == nil && bytes.Equal(earlier, settings) {
		if _, err := os.Stat(filepath.Join(folder, resultName)); err == nil {
			return true, nil
		}
	}
	return false, firstError(
		os.MkdirAll(folder, 0o700), os.RemoveAll(filepath.Join(folder, resultName)),
		os.WriteFile(path, settings, 0o600), b.write(folder),
	)
}

// run runs one of the scripts and returns what it printed.
func (p peer) run(ctx context.Context, folder, name string, script []byte, args ...string) ([]byte, error) {
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, script, 0o600); err != nil {
		return nil, err
	}
	command := exec.CommandContext(ctx, p.python, append([]string{path}, args...)...)
	command.Stderr = os.Stderr
	command.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "PYTHONDONTWRITEBYTECODE=1", "LIGHTLY_DID_VERSION_CHECK=True")
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", p.python, name, err)
	}
	return out, nil
}

// read returns what the peer wrote to the folder.
func read(folder string) (*reference, error) {
	var found reference
	text, err := os.ReadFile(filepath.Join(folder, resultName))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(text, &found); err != nil {
		return nil, err
	}
	start, err := floats(filepath.Join(folder, "start.bin"))
	if err != nil {
		return nil, err
	}
	sizes := map[string]int{}
	for i := range found.Start {
		v := &found.Start[i]
		sizes[v.Path] = v.size()
		v.values, start = start[:v.size()], start[v.size():]
	}
	for _, path := range found.Compared {
		found.sizes = append(found.sizes, sizes[path])
		found.total += sizes[path]
	}
	found.trajectory, err = floats(filepath.Join(folder, "weights.bin"))
	if want := found.total * len(found.Losses); err == nil && len(found.trajectory) != want {
		err = fmt.Errorf("the peer wrote %d weights, not %d", len(found.trajectory), want)
	}
	return &found, err
}

func floats(path string) ([]float32, error) {
	bytes, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	values := make([]float32, len(bytes)/4)
	_, err = binary.Decode(bytes, binary.LittleEndian, values)
	return values, err
}

// weights are those of the reference after a step, by path.
func (r *reference) weights(step int) iter.Seq2[string, []float32] {
	return func(yield func(string, []float32) bool) {
		rest := r.trajectory[step*r.total:]
		for i, path := range r.Compared {
			if !yield(path, rest[:r.sizes[i]]) {
				return
			}
			rest = rest[r.sizes[i]:]
		}
	}
}
