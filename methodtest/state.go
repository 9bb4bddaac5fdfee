package methodtest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"
)

// state is the values of all variables by path.
type state map[string]variable

type variable struct {
	bytes     []byte
	trainable bool
}

func read(t testing.TB, store *model.Store) state {
	t.Helper()
	values := state{}
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		copied := variable{trainable: v.Trainable}
		if err := value.ConstBytes(func(data []byte) { copied.bytes = slices.Clone(data) }); err != nil {
			t.Fatal(err)
		}
		values[v.Path()] = copied
	}
	return values
}

// compare fails the test where the state differs from what it should be, in any bit.
func (s state) compare(t testing.TB, what string, want state) {
	t.Helper()
	var differ []string
	for path, value := range want {
		if got, found := s[path]; !found || !bytes.Equal(got.bytes, value.bytes) {
			differ = append(differ, path)
		}
	}
	for path := range s {
		if _, found := want[path]; !found {
			differ = append(differ, path)
		}
	}
	if len(differ) > 0 {
		t.Errorf("%s differs in %s", what, shorten(differ))
	}
}

// shorten lists the first of many paths.
func shorten(paths []string) string {
	const most = 5
	slices.Sort(paths)
	paths = slices.Compact(paths)
	if len(paths) <= most {
		return strings.Join(paths, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(paths[:most], ", "), len(paths)-most)
}

// floats reads the bytes of float32 values.
func floats(bytes []byte) []float64 {
	values := make([]float64, len(bytes)/4)
	for i := range values {
		values[i] = float64(math.Float32frombits(binary.NativeEndian.Uint32(bytes[4*i:])))
	}
	return values
}
