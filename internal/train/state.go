package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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
	path = filepath.Join(c.Folder, fmt.Sprintf("step-%09d.safetensors", at.Steps))
	if err := checkpoint.Save(path, state); err != nil {
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
// its position: the beginning, and nothing loaded, if there is none. Damaged
// ones are passed over and named in skipped.
func (c Checkpoints) Restore(store *model.Store) (at Position, skipped []error, err error) {
	paths, err := c.list()
	if err != nil {
		return at, nil, err
	}
	for _, path := range slices.Backward(paths) {
		state, err := checkpoint.Load(path)
		if err != nil {
			skipped = append(skipped, err)
			continue
		}
		if at, err = position(state.Info); err != nil {
			skipped = append(skipped, fmt.Errorf("load checkpoint %s: %w", path, err))
			continue
		}
		for name, value := range state.Tensors {
			name = strings.Replace(name, "/state/centre/", "/state/center/", 1) // its name before schema 3
			if err := set(store, name, value); err != nil {
				return Position{}, skipped, fmt.Errorf("load checkpoint %s: %w", path, err)
			}
		}
		return at, skipped, nil
	}
	return Position{}, skipped, nil
}

// position reads a position from a checkpoint's information.
func position(info map[string]string) (at Position, err error) {
	if at.Steps, err = strconv.Atoi(info[stepKey]); err != nil {
		return Position{}, errors.New("no step in it")
	}
	alarms, found := info[alarmsKey]
	if !found { // of an older version
		return at, nil
	}
	if err := json.Unmarshal([]byte(alarms), &at.Alarms); err != nil {
		return Position{}, fmt.Errorf("its alarms: %w", err)
	}
	return at, nil
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

// Newest is the path of the latest checkpoint, empty if there is none.
func (c Checkpoints) Newest() (path string, err error) {
	paths, err := c.list()
	if err != nil || len(paths) == 0 {
		return "", err
	}
	return paths[len(paths)-1], nil
}

// Latest is the number of steps behind the latest checkpoint that is whole, 0 if there is none.
func (c Checkpoints) Latest() (int, error) {
	store := model.NewStore()
	defer store.Finalize()
	at, _, err := c.Restore(store)
	return at.Steps, err
}
