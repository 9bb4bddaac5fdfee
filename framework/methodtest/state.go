package methodtest

import (
	"bytes"
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
		slices.Sort(differ)
		t.Errorf("%s differs in %d variables: %s, …", what, len(differ), strings.Join(differ[:min(len(differ), 5)], ", "))
	}
}
