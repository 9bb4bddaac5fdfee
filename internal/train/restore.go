package train

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/internal/checkpoint"
)

// ErrForeign says that a checkpoint is whole, but of another training.
var ErrForeign = errors.New("does not belong to this run")

// ErrAhead says that a checkpoint is of a later step than what is recorded of its training.
var ErrAhead = errors.New("it is ahead of what is recorded of the run")

// Restore loads the latest checkpoint that is whole into the store and returns
// its position: the beginning, and nothing loaded, if there is none. Damaged
// ones, and those that are [ErrAhead], are passed over and named in skipped. One that is whole and of another
// training is refused, before any variable is touched: the error is [ErrForeign].
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
		err = c.accept(path, state.Info, at.Steps)
		if errors.Is(err, ErrAhead) {
			skipped = append(skipped, fmt.Errorf("load checkpoint %s: %w", path, err))
			continue
		}
		if err != nil {
			return Position{}, skipped, fmt.Errorf("load checkpoint %s: it %w: %w; move it out of the folder",
				path, ErrForeign, err)
		}
		if err := load(store, state.Tensors); err != nil {
			return Position{}, skipped, fmt.Errorf("load checkpoint %s: %w", path, err)
		}
		return at, skipped, nil
	}
	return Position{}, skipped, nil
}

// accept says what is wrong with a checkpoint that is whole.
func (c Checkpoints) accept(path string, info map[string]string, steps int) error {
	if filepath.Base(path) != fileName(steps) {
		return fmt.Errorf("it was made after %d steps, as %s", steps, fileName(steps))
	}
	if c.Accept == nil {
		return nil
	}
	return c.Accept(info, steps)
}

// position reads a position from a checkpoint's information.
func position(info map[string]string) (at Position, err error) {
	if at.Steps, err = strconv.Atoi(info[stepKey]); err != nil || at.Steps < 0 {
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

// load gives the variables of the store their values, all of them or none, and
// makes those that do not exist.
func load(store *model.Store, values map[string]*tensors.Tensor) error {
	for name, value := range values {
		if v := store.GetVariable(name); v != nil && !v.Shape().Equal(value.Shape()) {
			return fmt.Errorf("variable %s has shape %s, expected %s", name, value.Shape(), v.Shape())
		}
	}
	for name, value := range values {
		name = strings.Replace(name, "/state/centre/", "/state/center/", 1) // its name before schema 3
		if v := store.GetVariable(name); v != nil {
			if err := v.SetValue(value); err != nil {
				return err
			}
			continue
		}
		if _, err := store.CreateVariable(name, value); err != nil {
			return err
		}
	}
	return nil
}

// Variables are the paths of the variables that a store has. See [Complete].
func Variables(store *model.Store) map[string]bool {
	paths := map[string]bool{}
	for v := range store.IterVariables() {
		paths[v.Path()] = true
	}
	return paths
}

// Complete says which variable a network has made that was not among those
// loaded of a checkpoint: it would go on with a first value instead of what was
// learned.
func Complete(store *model.Store, loaded map[string]bool) error {
	var missing []string
	for v := range store.IterVariables() {
		if !loaded[v.Path()] {
			missing = append(missing, v.Path())
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	return fmt.Errorf("the checkpoint %w: it lacks %d variables that the network has, such as %s",
		ErrForeign, len(missing), missing[0])
}
