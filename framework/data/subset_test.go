package data

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// labels is a dataset without images.
type labels []int

func (l labels) Len() int                { return len(l) }
func (l labels) Classes() []string       { return []string{"a", "b", "c", "d"} }
func (l labels) Label(i int) int         { return l[i] }
func (l labels) Caption(i int) string    { return fmt.Sprint(i) }
func (l labels) Image(int, *Image) error { return nil }

// members are the captions of the samples, which name their index in labels.
func members(t testing.TB, s Subset, from labels) []string {
	d, err := s.Of(from)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, d.Len())
	for i := range out {
		out[i] = d.Caption(i)
	}
	return out
}

func TestSubsetProperties(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		from := labels(rapid.SliceOfN(rapid.IntRange(-1, 3), 1, 60).Draw(rt, "labels"))
		s := Subset{Limit: rapid.IntRange(0, 70).Draw(rt, "limit"), Seed: rapid.Uint64().Draw(rt, "seed")}
		got := members(t, s, from)
		want := s.Limit
		if want == 0 || want > len(from) {
			want = len(from)
		}
		if len(got) != want {
			rt.Fatalf("%d samples, want %d", len(got), want)
		}
		if !slices.Equal(got, members(t, s, from)) {
			rt.Fatal("the selection changes")
		}
		// Balance: a class has fewer members than another, by more than one, only if it has no more.
		selected, all := map[int]int{}, map[int]int{}
		for _, l := range from {
			all[l]++
		}
		seen := map[string]bool{}
		for _, name := range got {
			var i int
			fmt.Sscan(name, &i)
			selected[from[i]]++
			seen[name] = true
		}
		if len(seen) != len(got) {
			rt.Fatal("a sample is selected twice")
		}
		for a := range all {
			for b := range all {
				if selected[a] < selected[b]-1 && selected[a] < all[a] {
					rt.Fatalf("classes %v of %v", selected, all)
				}
			}
		}
		if s.Limit > 1 {
			s.Limit--
			for _, name := range members(t, s, from) {
				if !seen[name] {
					rt.Fatalf("sample %s is selected of %d but not of %d", name, s.Limit, s.Limit+1)
				}
			}
		}
	})
}

func TestSubsetFraction(t *testing.T) {
	from := labels{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2}
	counts := make([]int, 3)
	d, err := Subset{Fraction: 0.3, Seed: 5}.Of(from)
	if err != nil {
		t.Fatal(err)
	}
	for i := range d.Len() {
		counts[d.Label(i)]++
	}
	if !slices.Equal(counts, []int{3, 1, 1}) {
		t.Errorf("0.3 of 10, 4 and 1 samples: %v, want 3, 1 and 1", counts)
	}
	if slices.Equal(members(t, Subset{Limit: 5, Seed: 1}, from), members(t, Subset{Limit: 5, Seed: 2}, from)) {
		t.Error("two seeds select the same samples")
	}
	if _, err = (Subset{Limit: -1}).Of(from); err == nil || err.Error() != "limit: -1 is out of range [0,inf)" {
		t.Errorf("negative limit: %v", err)
	}
}
