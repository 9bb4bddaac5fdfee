package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// stored returns a store with one variable of that value.
func stored(t *testing.T, value float32) *model.Store {
	t.Helper()
	store := model.NewStore()
	t.Cleanup(store.Finalize)
	if _, err := store.CreateVariable("/online/weight",
		tensors.FromFlatDataAndDimensions([]float32{value, -value}, 2)); err != nil {
		t.Fatal(err)
	}
	return store
}

// save saves one checkpoint for each number of steps, with the steps as the variable's value.
func save(t *testing.T, c Checkpoints, steps ...int) {
	t.Helper()
	for _, n := range steps {
		if _, err := c.Save(stored(t, float32(n)), Position{Steps: n}); err != nil {
			t.Fatal(err)
		}
	}
}

// restored restores the latest checkpoint and returns its steps and its variable's first value.
func restored(t *testing.T, c Checkpoints) (steps int, value float32, skipped []error) {
	t.Helper()
	store := model.NewStore()
	t.Cleanup(store.Finalize)
	at, skipped, err := c.Restore(store)
	if err != nil {
		t.Fatal(err)
	}
	if v := store.GetVariable("/online/weight"); v != nil {
		value = tensors.MustCopyFlatData[float32](v.MustValue())[0]
	}
	return at.Steps, value, skipped
}

// latest is the number of steps behind the latest checkpoint, 0 if there is none.
func latest(c Checkpoints) (int, error) {
	store := model.NewStore()
	defer store.Finalize()
	at, _, err := c.Restore(store)
	return at.Steps, err
}

func TestCheckpointsKeepTheLatest(t *testing.T) {
	c := Checkpoints{Folder: filepath.Join(t.TempDir(), "runs", "simclr-1"), Keep: 2}
	save(t, c, 5, 10, 999, 1000)
	paths, err := c.list()
	if err != nil || len(paths) != 2 || filepath.Base(paths[0]) != "step-000000999.safetensors" {
		t.Errorf("kept %v, error %v; want those of steps 999 and 1000", paths, err)
	}
	if steps, value, skipped := restored(t, c); steps != 1000 || value != 1000 || len(skipped) > 0 {
		t.Errorf("restored step %d with value %v, passed over %v", steps, value, skipped)
	}
	if latest, err := latest(c); latest != 1000 || err != nil {
		t.Errorf("latest %d, %v", latest, err)
	}
}

func TestAFolderMayHaveTheSignsOfAPatternInItsName(t *testing.T) {
	c := Checkpoints{Folder: filepath.Join(t.TempDir(), "a[1]*.runs", "simclr-1"), Keep: 1}
	save(t, c, 5, 10)
	if steps, _, _ := restored(t, c); steps != 10 {
		t.Errorf("restored step %d, want 10", steps)
	}
	if paths, err := c.list(); len(paths) != 1 || err != nil {
		t.Errorf("kept %v, error %v; want one", paths, err)
	}
}

func TestRestorePassesOverDamagedCheckpoints(t *testing.T) {
	c := Checkpoints{Folder: t.TempDir(), Keep: 4}
	save(t, c, 10, 20, 30, 40)
	paths, err := c.list()
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(paths[2])
	if err != nil {
		t.Fatal(err)
	}
	changed := append([]byte{}, whole...)
	changed[len(changed)-1] ^= 1
	for path, text := range map[string][]byte{paths[1]: whole[:len(whole)-3], paths[2]: changed, paths[3]: nil} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	steps, value, skipped := restored(t, c)
	if steps != 10 || value != 10 || len(skipped) != 3 {
		t.Errorf("restored step %d with value %v, passed over %v; want step 10 and 3 passed over", steps, value, skipped)
	}
	for i, path := range []string{paths[3], paths[2], paths[1]} {
		if i < len(skipped) && !strings.Contains(skipped[i].Error(), filepath.Base(path)) {
			t.Errorf("%v doesn't name %s", skipped[i], path)
		}
	}
}

// TestRestoreRefusesWhatIsNotOfTheRun finds a checkpoint under another's name, and
// one that is not accepted; no variable is touched, and no older one is taken.
func TestRestoreRefusesWhatIsNotOfTheRun(t *testing.T) {
	renamed := Checkpoints{Folder: t.TempDir(), Keep: 4}
	save(t, renamed, 10, 20)
	if err := os.Rename(filepath.Join(renamed.Folder, fileName(20)),
		filepath.Join(renamed.Folder, fileName(30))); err != nil {
		t.Fatal(err)
	}
	other := Checkpoints{Folder: t.TempDir(), Keep: 4, Info: map[string]string{"run": "b"}}
	save(t, other, 10, 20)
	other.Accept = func(info map[string]string, steps int) error {
		if info["run"] != "a" {
			return fmt.Errorf("it is of run %s, step %d", info["run"], steps)
		}
		return nil
	}
	for want, c := range map[string]Checkpoints{"made after 20 steps": renamed, "of run b, step 20": other} {
		store := stored(t, 7)
		if _, _, err := c.Restore(store); !errors.Is(err, ErrForeign) || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want ErrForeign with %q", err, want)
		}
		if got := tensors.MustCopyFlatData[float32](store.GetVariable("/online/weight").MustValue())[0]; got != 7 {
			t.Errorf("%s: the variable is %v, touched", want, got)
		}
	}
	narrow := Checkpoints{Folder: t.TempDir(), Keep: 1}
	save(t, narrow, 10)
	store := model.NewStore()
	t.Cleanup(store.Finalize)
	if _, err := store.CreateVariable("/online/weight", tensors.FromScalar(float32(7))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := narrow.Restore(store); err == nil ||
		!strings.Contains(err.Error(), "variable /online/weight has shape") {
		t.Errorf("another shape: error %v", err)
	}
}

func TestSweepRemovesWhatAKilledProcessLeft(t *testing.T) {
	c := Checkpoints{Folder: t.TempDir(), Keep: 1}
	save(t, c, 10)
	left := filepath.Join(c.Folder, fileName(20)+".123.part")
	if err := os.WriteFile(left, []byte("cut"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := c.Sweep(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); err == nil {
		t.Errorf("%s is still there", left)
	}
	if steps, _, _ := restored(t, c); steps != 10 {
		t.Errorf("restored step %d, want 10", steps)
	}
}

func TestRestoreWithoutCheckpoints(t *testing.T) {
	if steps, _, skipped := restored(t, Checkpoints{Folder: filepath.Join(t.TempDir(), "none")}); steps != 0 ||
		len(skipped) > 0 {
		t.Errorf("restored step %d, passed over %v; want nothing", steps, skipped)
	}
}

func TestClearKeepsWhatLiesThereAside(t *testing.T) {
	c := Checkpoints{Folder: filepath.Join(t.TempDir(), "simclr-1"), Keep: 1}
	for range 2 {
		save(t, c, 7)
		if err := c.Clear(); err != nil {
			t.Fatal(err)
		}
		if steps, _, _ := restored(t, c); steps != 0 {
			t.Errorf("step %d is left after Clear", steps)
		}
	}
	for _, aside := range []string{".old-1", ".old-2"} {
		if steps, _, _ := restored(t, Checkpoints{Folder: c.Folder + aside}); steps != 7 {
			t.Errorf("%s has step %d, want 7", aside, steps)
		}
	}
}
