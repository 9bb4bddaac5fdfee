package figure

import (
	"testing"

	"github.com/kontrast-ml/kontrast/methods"
)

func TestEveryMethodLooksDifferent(t *testing.T) {
	seen := map[Style]string{}
	for _, f := range methods.Builtin() {
		style := StyleOf(f.Name)
		if other := seen[style]; other != "" {
			t.Errorf("%s is drawn as %s is: give it a place of its own at the end of placed", f.Name, other)
		}
		seen[style] = f.Name
		if style.Color < 0 || style.Color >= len(Palettes[Light]) || glyph(style.Shape) != glyph(style.Shape) {
			t.Errorf("%s: %v", f.Name, style)
		}
	}
}

func TestSimilarColorsOfARowHaveDifferentShapes(t *testing.T) {
	similar := [][2]int{{0, 5}, {1, 4}, {3, 6}, {4, 7}} // blues, orange and brown, pink and wine, brown and olive
	colors := len(Palettes[Light])
	for row := 0; row+colors <= len(placed); row += colors {
		for _, pair := range similar {
			a, b := placed[row+pair[0]], placed[row+pair[1]]
			if StyleOf(a).Shape == StyleOf(b).Shape {
				t.Errorf("%s and %s have similar colors and the same shape and dashes", a, b)
			}
		}
	}
}
