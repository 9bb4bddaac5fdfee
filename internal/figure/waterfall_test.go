package figure

import (
	"math"
	"strings"
	"testing"
)

func TestWaterfallSaysItsNumbers(t *testing.T) {
	w := Waterfall{
		Title: "what makes the difference", Axis: "top1 (%)", First: "mocov1", Second: "mocov2", From: 40, To: 42.5,
		Steps: []WaterfallStep{
			{Label: "head", Detail: "a linear layer → an MLP of two layers, and more words than there is room for",
				Value: 3, HalfWidth: 1},
			{Label: "views", Value: -0.5, HalfWidth: math.NaN(), Hollow: true},
		},
	}
	drawn, err := Falls(w, Options{})
	svg := svgOf(t, drawn, err)
	for _, text := range []string{"mocov1", "mocov2", "head", "views", "40.00", "42.50", "+3.00", "-0.50"} {
		if !strings.Contains(svg, ">"+text+"<") {
			t.Errorf("%q is not in the figure", text)
		}
	}
	if !strings.Contains(svg, "…<") || strings.Contains(svg, "room for") {
		t.Error("the long detail is not cut off")
	}
	w.Steps[0].Value, w.Steps[0].HalfWidth = 0, math.Inf(1) // intervals that no figure holds
	drawn, err = Falls(w, Options{Theme: Dark, Width: 4, Height: 3})
	svgOf(t, drawn, err)
	w.Steps = nil
	if _, err := Falls(w, Options{}); err == nil {
		t.Error("a waterfall without steps is drawn")
	}
}
