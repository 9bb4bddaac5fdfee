package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/checkpoint"
)

// Checkpoints keeps the checkpoints of one run in a folder of their own.
type Checkpoints struct {
	// Folder is where they lie; it is made when needed. Empty for a training that keeps none.
	Folder string
	// Keep is how many of the latest are kept, at least 1.
	Keep int
	// Info is written into each, such as the configuration.
	Info map[string]string
	// Accept says what is wrong with a whole checkpoint of that information and
	// number of steps, as that it is another run's; nil accepts all. One that is [ErrAhead] is passed over.
	Accept func(info map[string]string, steps int) error
}

// Position is where a training stands beside the values of its variables. The
// zero value is its beginning.
type Position struct {
	Steps  int // made so far
	Alarms AlarmState
}

// The keys of a position in a checkpoint's information.
const (
	stepKey   = "step"
	alarmsKey = "alarms"
)

// Save writes the variables of the store as they are at a position, then
// removes what is older than the latest Keep.
func (c Checkpoints) Save(store *model.Store, at Position) (path string, err error) {
	if c.Folder == "" {
		return "", nil
	}
	alarms, err := json.Marshal(at.Alarms)
	if err != nil {
		return "", fmt.Errorf("checkpoint: %w", err)
	}
	state := &checkpoint.Checkpoint{
		Tensors: map[string]*tensors.Tensor{},
		Info:    map[string]string{stepKey: strconv.Itoa(at.Steps), alarmsKey: string(alarms)},
	}
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
	path = filepath.Join(c.Folder, fileName(at.Steps))
	if err := checkpoint.Save(path, state); err != nil {
		if previous, _ := c.Newest(); previous != "" {
			err = fmt.Errorf("%w; the previous checkpoint is untouched: %s", err, filepath.Base(previous))
		}
		return "", err
	}
	return path, c.prune()
}

// list returns the paths of the checkpoints, oldest first.
func (c Checkpoints) list() ([]string, error) {
	entries, err := os.ReadDir(c.Folder) // sorted; the folder may have the signs of a pattern in its name
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("checkpoints: %w", err)
	}
	var paths []string
	for _, entry := range entries {
		if name := entry.Name(); strings.HasPrefix(name, "step-") && strings.HasSuffix(name, ".safetensors") {
			paths = append(paths, filepath.Join(c.Folder, name))
		}
	}
	return paths, nil
}

// fileName is that of the checkpoint after so many steps.
func fileName(steps int) string { return fmt.Sprintf("step-%09d.safetensors", steps) }

// Sweep removes what a process left behind that was killed while it wrote. The
// run must be this process's.
func (c Checkpoints) Sweep() error {
	entries, err := os.ReadDir(c.Folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), checkpoint.PartSuffix) {
			err = errors.Join(err, os.Remove(filepath.Join(c.Folder, entry.Name())))
		}
	}
	if err != nil {
		return fmt.Errorf("checkpoints: %w", err)
	}
	return nil
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

// Newest is the path of the latest checkpoint, empty if there is none.
func (c Checkpoints) Newest() (path string, err error) {
	paths, err := c.list()
	if err != nil || len(paths) == 0 {
		return "", err
	}
	return paths[len(paths)-1], nil
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
