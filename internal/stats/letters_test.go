package stats

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLetters(t *testing.T) {
	for _, test := range []struct {
		name   string
		n      int
		differ string // pairs such as "02 13"
		want   []string
	}{
		{"all alike", 3, "", []string{"a", "a", "a"}},
		{"all apart", 3, "01 02 12", []string{"a", "b", "c"}},
		{"one between", 3, "02", []string{"a", "ab", "b"}},
		{"a chain", 4, "02 03 13", []string{"a", "ab", "bc", "c"}},
		{"one row", 1, "", []string{"a"}},
		{"none", 0, "", []string{}},
	} {
		got := Letters(test.n, func(i, j int) bool {
			return strings.Contains(test.differ, string([]rune{'0' + rune(i), '0' + rune(j)}))
		})
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	if got := Letters(30, func(i, j int) bool { return true }); got[25] != "z" || got[26] != "aa" {
		t.Errorf("the letters after y are %q, %q", got[25], got[26])
	}
}

// Rows share a letter exactly if they are not told apart.
func TestLettersSayWhoDiffers(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(1, 9).Draw(r, "rows")
		differ := make([][]bool, n)
		for i := range differ {
			differ[i] = rapid.SliceOfN(rapid.Bool(), n, n).Draw(r, "differ")
		}
		letters := Letters(n, func(i, j int) bool { return differ[i][j] })
		for j := range n {
			for i := range j {
				if share := strings.ContainsAny(letters[i], letters[j]); share == differ[i][j] {
					r.Errorf("rows %d and %d: differ %v, letters %q and %q", i, j, differ[i][j], letters[i], letters[j])
				}
			}
		}
	})
}
