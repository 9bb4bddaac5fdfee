package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/eval"
)

// What the peers have, too.
const (
	classes     = 10
	dim         = 512
	neighbors   = 200
	temperature = 0.07
	weightDecay = 1e-4
)

// task is an evaluation of some size.
type task struct {
	name, peer  string // peer.py's name of it
	train, test int
}

var tasks = []task{
	{"knn", "knn-torch", 10000, 2000},
	{"probe", "probe", 10000, 0},
	{"knn-large", "knn-faiss", 50000, 10000},
	{"probe-large", "probe", 50000, 0},
}

// Name implements turns.Task.
func (t task) Name() string { return t.name }

// result is what one process measured; peer.py prints the same.
type result struct {
	Seconds    float64 `json:"seconds"`
	Iterations int     `json:"iterations,omitempty"`
	Objective  float64 `json:"objective,omitempty"`
	Version    string  `json:"version,omitempty"`
}

// features are clusters, in float32, standardized by nobody yet.
func (t task) features() (train, test eval.Set) {
	stream := random.New(1)
	centers := make([]float64, classes*dim)
	for i := range centers {
		centers[i] = stream.Normal()
	}
	draw := func(n int) eval.Set {
		s := eval.Set{Features: eval.Features{Dim: dim, Data: make([]float32, n*dim)}, Labels: make([]int, n)}
		for i := range n {
			s.Labels[i] = stream.IntN(classes)
			for j, row := 0, s.Row(i); j < dim; j++ {
				row[j] = float32(centers[s.Labels[i]*dim+j] + 8*stream.Normal())
			}
		}
		return s
	}
	return draw(t.train), draw(t.test)
}

// write puts the features where peers find them.
func (t task) write(folder string) error {
	train, test := t.features()
	for name, set := range map[string]eval.Set{"train": train, "test": test} {
		labels := make([]int32, len(set.Labels))
		for i, label := range set.Labels {
			labels[i] = int32(label)
		}
		for end, values := range map[string]any{"features": set.Data, "labels": labels} {
			data, err := binary.Append(nil, binary.LittleEndian, values)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(folder, name+"."+end), data, 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// read is what write wrote.
func read(folder, name string) (set eval.Set, err error) {
	data, err := os.ReadFile(filepath.Join(folder, name+".features"))
	if err != nil {
		return set, err
	}
	set.Features = eval.Features{Dim: dim, Data: make([]float32, len(data)/4)}
	if _, err = binary.Decode(data, binary.LittleEndian, set.Data); err != nil {
		return set, err
	}
	if data, err = os.ReadFile(filepath.Join(folder, name+".labels")); err != nil {
		return set, err
	}
	labels := make([]int32, len(data)/4)
	_, err = binary.Decode(data, binary.LittleEndian, labels)
	for _, label := range labels {
		set.Labels = append(set.Labels, int(label))
	}
	return set, err
}

// measure times the second of two evaluations.
func (t task) measure(threads int, folder string, tolerance float64) (m result, err error) {
	var train, test eval.Set
	if folder == "" {
		train, test = t.features()
	} else {
		if train, err = read(folder, "train"); err != nil {
			return m, err
		}
		if test, err = read(folder, "test"); err != nil {
			return m, err
		}
	}
	runtime.GOMAXPROCS(threads)
	backend, err := compute.NewWithConfig(fmt.Sprintf("%s:threads=%d", engine.Name, threads))
	if err != nil {
		return m, err
	}
	defer backend.Finalize()
	for range 2 {
		begin := time.Now()
		if t.test > 0 {
			knn := eval.KNN{K: neighbors, Temperature: temperature, Backend: backend}
			_, err = knn.Classify(context.Background(), train, test.Features, classes)
		} else {
			probe := eval.Logistic{WeightDecay: weightDecay, Standardize: true, Tolerance: tolerance, Backend: backend}
			var linear *eval.Linear
			if linear, err = probe.Fit(context.Background(), train, classes); err == nil {
				m.Iterations, m.Objective = linear.Iterations, linear.Objective
			}
		}
		if err != nil {
			return m, err
		}
		m.Seconds = time.Since(begin).Seconds()
	}
	return m, nil
}
