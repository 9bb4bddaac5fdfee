package train

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/checkpoint"
)

// Checkpoints keeps the checkpoints of one run in a folder of their own.
type Checkpoints struct {
	// Folder is where they lie; it is made when needed.
	Folder string
	// Keep is how many of the latest are kept, at least 1.
	Keep int
	// Info is written into each, such as the configuration.
	Info map[string]string
}

const stepKey = "step"

// Save writes the variables of the store as they are after a number of steps,
// then removes what is older than the latest Keep.
func (c Checkpoints) Save(store *model.Store, steps int) (path string, err error) {
	state := &checkpoint.Checkpoint{Tensors: map[string]*tensors.Tensor{}, Info: map[string]string{stepKey: strconv.Itoa(steps)}}
	for key, value := range c.Info {
		state.Info[key] = value
	}
	for v := range store.IterVariables() {
		if state.Tensors[v.Path()], err = v.Value(); err != nil {
			return "", fmt.Errorf("checkpoint: variable %s: %w", v.Path(), err)
		}
	}
	if err := os.MkdirAll(c.Folder, 0o755); err != nil {
		return "", fmt.Errorf("checkpoint: %w", err)
	}
	path = filepath.Join(c.Folder, fmt.Sprintf("step-%09d.safetensors", steps))
	if err := checkpoint.Save(path, state); err != nil {
		return "", err
	}
	return path, c.prune()
}

// list returns the paths of the checkpoints, oldest first.
func (c Checkpoints) list() ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(c.Folder, "step-*.safetensors"))
	slices.Sort(paths)
	return paths, err
}

func (c Checkpoints) prune() error {
	paths, err := c.list()
	if err != nil {
		return err
	}
	for i := 0; i < len(paths)-max(c.Keep, 1); i++ {
		if err := os.Remove(paths[i]); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	return nil
}

// Restore loads the latest checkpoint that is whole into the store and returns
// how many steps it has behind it: 0, and nothing loaded, if there is none. Damaged ones are passed over and named in skipped.
func (c Checkpoints) Restore(store *model.Store) (steps int, skipped []error, err error) {
	paths, err := c.list()
	if err != nil {
		return 0, nil, err
	}
	for _, path := range slices.Backward(paths) {
		state, err := checkpoint.Load(path)
		if err != nil {
			skipped = append(skipped, err)
			continue
		}
		if steps, err = strconv.Atoi(state.Info[stepKey]); err != nil {
			skipped = append(skipped, fmt.Errorf("load checkpoint %s: no step in it", path))
			continue
		}
		for name, value := range state.Tensors {
			if err := set(store, name, value); err != nil {
				return 0, skipped, fmt.Errorf("load checkpoint %s: %w", path, err)
			}
		}
		return steps, skipped, nil
	}
	return 0, skipped, nil
}

// set gives a variable its value, and makes it if it does not exist.
func set(store *model.Store, name string, value *tensors.Tensor) error {
	if v := store.GetVariable(name); v != nil {
		return v.SetValue(value)
	}
	_, err := store.CreateVariable(name, value)
	return err
}

// Clear makes room for a new run: a folder left behind by a run of another
// database is renamed, so that nothing of it is taken for this run's or lost.
func (c Checkpoints) Clear() error {
	if _, err := os.Stat(c.Folder); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for i := 1; ; i++ {
		aside := fmt.Sprintf("%s.old-%d", c.Folder, i)
		if _, err := os.Stat(aside); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(c.Folder, aside); err != nil {
				return fmt.Errorf("checkpoints of an earlier run are in the way: %w", err)
			}
			return nil
		}
	}
}

// Latest is the number of steps behind the latest checkpoint that is whole, 0 if there is none.
func (c Checkpoints) Latest() (int, error) {
	store := model.NewStore()
	defer store.Finalize()
	steps, _, err := c.Restore(store)
	return steps, err
}
