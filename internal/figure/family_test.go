package figure

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func svgOf(t *testing.T, f *Figure, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, "svg"); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// places are the methods of a family from top to bottom, each with its layer.
func places(f *family) []string {
	var all []string
	for _, r := range f.rows {
		all = append(all, fmt.Sprintf("%d %s", f.layer[r.Name], r.Name))
	}
	return all
}

func TestRelativesStandBelowTheNearestAndRightOfAll(t *testing.T) {
	got := places(arrange([]Relative{
		{Name: "a"}, {Name: "b", From: []string{"a"}}, {Name: "c"}, {Name: "d", From: []string{"a", "e"}},
		{Name: "e", From: []string{"b", "unknown"}},
	}))
	if want := []string{"0 a", "1 b", "2 e", "3 d", "0 c"}; !slices.Equal(got, want) {
		t.Errorf("places %q, want %q", got, want)
	}
}

func TestACircleOfRelativesIsDrawn(t *testing.T) {
	all := []Relative{
		{Name: "a", From: []string{"b"}}, {Name: "b", From: []string{"a"}}, {Name: "self", From: []string{"self"}},
	}
	f := arrange(all)
	if len(f.rows) != 3 || f.layers > 3 {
		t.Errorf("places %q in %d layers", places(f), f.layers)
	}
	drawn, err := Family(all, Options{})
	svgOf(t, drawn, err)
}

func TestAFamilyOfFortyHasEveryName(t *testing.T) {
	var all []Relative
	for i := range 40 {
		r := Relative{
			Name: fmt.Sprintf("method-%d", i), Year: "2020", Change: strings.Repeat("a change that is told at length ", 1+i%9),
		}
		if i > 0 {
			r.From = []string{fmt.Sprintf("method-%d", i/2), fmt.Sprintf("method-%d", i/3)}
		}
		all = append(all, r)
	}
	for _, theme := range []Theme{Light, Dark} {
		drawn, err := Family(all, Options{Theme: theme})
		svg := svgOf(t, drawn, err)
		for _, r := range all {
			if strings.Count(svg, ">"+r.Name+"<") != 1 {
				t.Errorf("%s: %s is not written as text once", theme, r.Name)
			}
		}
	}
	if _, err := Family(nil, Options{}); err == nil {
		t.Error("a family of nobody is drawn")
	}
}
