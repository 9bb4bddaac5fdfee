package checkpoint

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

func sample() *Checkpoint {
	return &Checkpoint{
		Tensors: map[string]*tensors.Tensor{
			"/online/w":      tensors.FromFlatDataAndDimensions([]float32{1, 2, 3, 4, 5, 6}, 2, 3),
			"/state/pointer": tensors.FromScalar(int32(7)),
		},
		Info: map[string]string{"step": "12"},
	}
}

func TestSaveAndLoadGiveTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := Save(path, sample()); err != nil {
		t.Fatal(err)
	}
	got, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if got.Info["step"] != "12" || len(got.Tensors) != 2 {
		t.Fatalf("got %v with %d tensors", got.Info, len(got.Tensors))
	}
	for name, want := range sample().Tensors {
		if !want.Equal(got.Tensors[name]) {
			t.Errorf("%s: got %s, want %s", name, got.Tensors[name], want)
		}
	}
}

func TestDamageIsSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := Save(path, sample()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	headed := func(text string) func([]byte) []byte {
		return func([]byte) []byte { return append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...) }
	}
	for name, damage := range map[string]func([]byte) []byte{
		"negative axis": headed(`{"__metadata__": {}, "a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, -8]}}`),
		"overflow":      headed(`{"__metadata__": {}, "a": {"dtype": "F32", "shape": [4611686018427387904], "data_offsets": [0, 0]}}`),
		"beyond memory": headed(`{"__metadata__": {}, "a": {"dtype": "F32", "shape": [25000000000000], "data_offsets": [0, 100000000000000]}}`),
		"a gap":         headed(`{"__metadata__": {}, "a": {"dtype": "U8", "shape": [0], "data_offsets": [5, 5]}}`),
		"null metadata": headed(`{"__metadata__": null}`),
		"more values":   func(b []byte) []byte { return append(b, 0) },
		"empty":         func([]byte) []byte { return nil },
		"cut header":    func(b []byte) []byte { return b[:20] },
		"cut values":    func(b []byte) []byte { return b[:len(b)-3] },
		"flipped bit":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"no header":     func(b []byte) []byte { b[7] = 0xff; return b },
		"other text":    func([]byte) []byte { return []byte("this is some other file, not one of ours") },
	} {
		if err := os.WriteFile(path, damage(slices.Clone(whole)), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: got error %v, want ErrCorrupt", name, err)
		}
	}
}

func TestAFailedSaveLeavesThePreviousOne(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.safetensors")
	if err := Save(path, sample()); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Checkpoint){
		"/complex has type": func(c *Checkpoint) { c.Tensors["/complex"] = tensors.FromScalar(complex64(1)) },
		`variable "/none": the name must not be __metadata__, and the value not nil`: func(c *Checkpoint) { c.Tensors["/none"] = nil },
		`variable "__metadata__": the name must not be`:                              func(c *Checkpoint) { c.Tensors["__metadata__"] = tensors.FromScalar(float32(1)) },
		`the key "sha256" of the information is the file's own`:                      func(c *Checkpoint) { c.Info["sha256"] = "mine" },
	} {
		bad := sample()
		spoil(bad)
		if err := Save(path, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %s", err, want)
		}
	}
	if _, err := Load(path); err != nil {
		t.Errorf("the previous checkpoint is lost: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, "*.part")); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
