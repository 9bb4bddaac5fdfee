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
