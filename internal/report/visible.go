package report

import (
	"fmt"
	"strings"
	"unicode"
)

// Visible is a text that only shows what it says: control characters, among
// them those that steer terminals, and characters that turn the direction of
// writing or have no width stand as their numbers, such as <U+202E>. Line ends
// and tabs become spaces.
func Visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			b.WriteByte(' ')
		case r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029':
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
