package stress

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/weights"
	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
	"github.com/kontrast-ml/kontrast/internal/weights/weightstest"
)

// mostMemory is what reading a damaged file of less than a megabyte may allocate in all.
const mostMemory = 64 << 20

// Files of weights that are cut, changed, or made to name other functions are errors that name them, or are read as
// what they have become: nothing hangs, nothing takes much memory, and nothing in them is executed.
func TestDamagedAndHostileWeightsAreReadOrRefused(t *testing.T) {
	folder, all := weightstest.Unpack(t)
	whole := map[tensorfile.Format][]byte{}
	for _, c := range all {
		path := filepath.Join(folder, c.File)
		file, err := tensorfile.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		format := file.Format
		file.Close()
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) || err != nil {
			continue // a folder
		}
		if known := whole[format]; known == nil || len(content) < len(known) {
			whole[format] = content
		}
		if format == tensorfile.NumPy { // the values are not what is damaged
			whole[format] = beginnings(t, content)
		}
	}
	for _, format := range []tensorfile.Format{
		tensorfile.Safetensors, tensorfile.Zip, tensorfile.Legacy, tensorfile.TorchScript, tensorfile.NumPy,
		tensorfile.ONNX,
	} {
		t.Run(string(format), func(t *testing.T) {
			content := whole[format]
			if content == nil {
				t.Fatal("there is no such file among the checkpoints")
			}
			folder := t.TempDir()
			variables := variablesOf(t, content)
			refused := 0
			for i := range times(60, 2000) {
				damage := newDamage(uint64(i))
				path := filepath.Join(folder, "weights.pth")
				if err := os.WriteFile(path, damage.of(content), 0o600); err != nil {
					t.Fatal(err)
				}
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				err := readAll(path, variables)
				runtime.ReadMemStats(&after)
				if err != nil {
					refused++
				}
				if err != nil && !strings.Contains(err.Error(), path) {
					t.Errorf("%s: the error does not name the file: %v", damage, err)
				}
				if took := after.TotalAlloc - before.TotalAlloc; took > mostMemory {
					t.Errorf("%s: reading %d bytes allocated %d", damage, len(content), took)
				}
				if _, err := os.Stat(filepath.Join(folder, executed)); err == nil {
					t.Fatalf("%s: the file was executed", damage)
				}
			}
			if refused == 0 {
				t.Error("no damaged file was refused")
			}
		})
	}
}

// readAll reads a file as an import does: its network, the backbone that it is, all values, and those of the
// variables of a backbone.
func readAll(path string, variables map[string][]int) error {
	source, err := weights.Open(path, "", "")
	if err != nil {
		return err
	}
	defer source.Close()
	if _, err := source.Backbone(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, array := range source.Arrays {
		if _, err := array.Read(); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if _, err := source.Fit(variables); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// variablesOf are variables that the arrays of an undamaged file fit.
func variablesOf(t *testing.T, content []byte) map[string][]int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "whole.pth")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	source, err := weights.Open(path, "", "")
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	variables := map[string][]int{}
	for name, array := range source.Arrays {
		shape := slices.Clone(array.Shape)
		if strings.HasSuffix(name, "weight") && (len(shape) == 2 || len(shape) == 4) { // as kontrast has them
			slices.Reverse(shape)
			if len(shape) == 4 {
				shape[0], shape[1] = shape[1], shape[0]
			}
		}
		variables[strings.ReplaceAll(name, ".", "/")] = shape
	}
	if _, err := source.Fit(variables); err != nil {
		t.Fatal(err)
	}
	return variables
}

// beginnings is an archive of NumPy's whose arrays are the first units of a BiT, so that damages meet headers.
func beginnings(t *testing.T, content []byte) []byte {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	small := zip.NewWriter(&out)
	for _, member := range archive.File {
		if strings.Contains(member.Name, "block") && !strings.Contains(member.Name, "block1/unit01") &&
			!strings.Contains(member.Name, "root_block") {
			continue
		}
		in, err := member.Open()
		if err != nil {
			t.Fatal(err)
		}
		to, err := small.CreateHeader(&zip.FileHeader{Name: member.Name, Method: zip.Store})
		if err == nil {
			_, err = io.Copy(to, in)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := small.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// executed is the file that a hostile pickle would make.
const executed = "executed"

// damage changes a file in one of several ways, always the same for a number.
type damage struct {
	number uint64
	kind   int
}

var waysToDamage = []string{
	"cut", "bits changed", "bytes lost", "bytes doubled", "a number made huge", "a function renamed", "a part exchanged",
}

func newDamage(number uint64) damage { return damage{number, int(number) % len(waysToDamage)} }

func (d damage) String() string { return fmt.Sprintf("damage %d (%s)", d.number, waysToDamage[d.kind]) }

func (d damage) of(content []byte) []byte {
	random := rand.New(rand.NewPCG(d.number, 19))
	at := random.IntN(len(content))
	if d.number%2 == 0 { // headers are at the ends
		at = random.IntN(min(len(content), 2000))
		if d.number%4 == 0 {
			at = len(content) - 1 - at
		}
	}
	length := min(1+random.IntN(64), len(content)-at)
	switch out := slices.Clone(content); waysToDamage[d.kind] {
	case "cut":
		return out[:at]
	case "bits changed":
		for range 1 + random.IntN(8) {
			out[min(at+random.IntN(length), len(out)-1)] ^= 1 << random.IntN(8)
		}
		return out
	case "bytes lost":
		return slices.Delete(out, at, at+length)
	case "bytes doubled":
		return slices.Insert(out, at, content[at:at+length]...)
	case "a number made huge":
		huge := binary.LittleEndian.AppendUint64(nil, random.Uint64()>>random.IntN(40))
		copy(out[at:], huge)
		return out
	case "a function renamed":
		return hostile(out, random)
	default:
		other := random.IntN(len(content) - length + 1)
		copy(out[at:at+length], content[other:other+length])
		return out
	}
}

// hostile puts calls that would make a file in the place of those that a pickle has.
func hostile(content []byte, random *rand.Rand) []byte {
	text := string(content)
	for _, name := range []string{"torch._utils\n_rebuild_tensor_v2\n", "collections\nOrderedDict\n", "torch\nFloatStorage\n"} {
		call := []string{"posix\nsystem\n", "os\nsystem\n", "builtins\neval\n", "builtins\nexec\n", "subprocess\nPopen\n"}
		to := call[random.IntN(len(call))]
		if len(to) <= len(name) && random.IntN(2) == 0 {
			text = strings.ReplaceAll(text, name, to+"(S'touch "+executed+"'\ntR")
			continue
		}
		text = strings.Replace(text, name, to, 1)
	}
	// Safetensors and arrays of NumPy have no functions: a shape or a type instead.
	text = strings.Replace(text, `"shape":[`, `"shape":[4294967296,`, 1+random.IntN(3))
	for _, change := range [][2]string{
		{"'shape': (", "'shape': (9,"}, {"False", "True "}, {"'<f4'", "'|O'"}, {", 8, 8), }", ",99,99), }"},
	} {
		if random.IntN(2) == 0 {
			text = strings.Replace(text, change[0], change[1], 1+random.IntN(3))
		}
	}
	return []byte(text)
}
