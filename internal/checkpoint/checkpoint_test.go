package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
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
		"overflow": headed(
			`{"__metadata__": {}, "a": {"dtype": "F32", "shape": [4611686018427387904], "data_offsets": [0, 0]}}`,
		),
		"beyond memory": headed(
			`{"__metadata__": {}, "a": {"dtype": "F32", "shape": [25000000000000], "data_offsets": [0, 100000000000000]}}`,
		),
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
		`variable "/none": the name must not be __metadata__, and the value not nil`: func(c *Checkpoint) {
			c.Tensors["/none"] = nil
		},
		`variable "__metadata__": the name must not be`: func(c *Checkpoint) {
			c.Tensors["__metadata__"] = tensors.FromScalar(float32(1))
		},
		`the key "sha256" of the information is the file's own`: func(c *Checkpoint) { c.Info["sha256"] = "mine" },
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

// TestAnyFlippedBitIsSeen flips every bit of a file, the header's too.
func TestAnyFlippedBitIsSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := Save(path, sample()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * len(whole) {
		flipped := slices.Clone(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		if _, err := read(bytes.NewReader(flipped), int64(len(flipped))); !errors.Is(err, ErrCorrupt) {
			t.Errorf("bit %d of byte %d (%q): got error %v, want ErrCorrupt", bit%8, bit/8, whole[bit/8], err)
		}
	}
}

// TestAFileOfTheFirstFormatIsRead reads a file whose checksum covers the values only.
func TestAFileOfTheFirstFormatIsRead(t *testing.T) {
	values := []byte{0, 0, 128, 63}
	sum := sha256.Sum256(values)
	header := fmt.Sprintf(
		`{"__metadata__":{"sha256":"%x","step":"3"},"/w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, sum,
	)
	file := append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), values...)
	got, err := read(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"step": "3"}; !maps.Equal(got.Info, want) ||
		tensors.MustCopyFlatData[float32](got.Tensors["/w"])[0] != 1 {
		t.Errorf("got %v and %v", got.Info, got.Tensors)
	}
}

// TestWhatIsNoRegularFileIsNotWaitedFor opens a pipe that nobody writes to, and a folder.
func TestWhatIsNoRegularFileIsNotWaitedFor(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{pipe, filepath.Dir(pipe)} {
		if _, err := Load(path); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: got error %v, want ErrCorrupt", path, err)
		}
	}
}
