package data

import (
	"math"
	"slices"
	"testing"
)

func TestFactorsThroughLayers(t *testing.T) {
	p := defaultShapes()
	p.Train, p.Limit = 200, 40
	dataset := openShapes(t, p, Train) // a subset of a cache of shapes
	factors, ok := FactorsOf(dataset)
	if !ok {
		t.Fatal("shapes has no factors")
	}
	infos := factors.Factors()
	at := func(name string) int {
		i := slices.IndexFunc(infos, func(f FactorInfo) bool { return f.Name == name })
		if i < 0 {
			t.Fatalf("no factor %s among %v", name, infos)
		}
		return i
	}
	shapes := NewShapes(p, Train)
	_, origin, _ := Find[*Shapes](dataset)
	moved := false
	for i := range dataset.Len() {
		moved = moved || origin(i) != i
		drawn := shapes.Drawn(origin(i))
		for name, want := range map[string]float64{
			"shape": float64(dataset.Label(i)), "color": float64(drawn.Color), "background": float64(drawn.Background),
			"texture": float64(drawn.Texture), "size": drawn.Radius, "position_x": drawn.X, "position_y": drawn.Y,
		} {
			if got := factors.Factor(i, at(name)); got != want {
				t.Errorf("sample %d: %s is %v, want %v", i, name, got, want)
			}
		}
		round := slices.Contains([]string{"circle", "ring"}, dataset.Classes()[dataset.Label(i)])
		if got := factors.Factor(i, at("rotation")); math.IsNaN(got) != round || !round && got != drawn.Rotation {
			t.Errorf("sample %d, a %s: rotation %v", i, dataset.Classes()[dataset.Label(i)], got)
		}
	}
	if !moved {
		t.Error("the subset keeps all indices: nothing was tested")
	}
	if got := infos[at("color")].Values; !slices.Equal(got, ColorNames[:p.Colors]) || infos[at("size")].Discrete() {
		t.Errorf("%d colors, size %+v", len(got), infos[at("size")])
	}
	if _, ok := FactorsOf(labels{1, 2}); ok {
		t.Error("a data set without factors has some")
	}
}
