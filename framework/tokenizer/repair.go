package tokenizer

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// repair mends the faults that [Clean] lists.
func repair(text string) string {
	text = strings.ToValidUTF8(text, "�")
	if !strings.Contains(text, "<") {
		text = html.UnescapeString(text)
	}
	text = terminalEscapes.ReplaceAllString(text, "")
	if !isASCII(text) {
		for {
			better, changed := redecode(text)
			if !changed {
				break
			}
			text = better
		}
		text = width.Fold.String(ligatures.Replace(text))
		text = quotes.Replace(text)
	}
	text = strings.Map(withoutControls, text)
	return norm.NFC.String(text)
}

var (
	terminalEscapes = regexp.MustCompile(`\x1b\[[\d;]*[a-zA-Z]`)

	ligatures = strings.NewReplacer(
		"Ĳ", "IJ", "ĳ", "ij", "ŉ", "ʼn", "Ǆ", "DŽ", "ǅ", "Dž", "ǆ", "dž", "Ǉ", "LJ", "ǈ", "Lj", "ǉ", "lj",
		"Ǌ", "NJ", "ǋ", "Nj", "ǌ", "nj", "Ǳ", "DZ", "ǲ", "Dz", "ǳ", "dz",
		"ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "ſt", "ﬆ", "st")

	quotes = strings.NewReplacer(
		"\u02bc", "'", "\u2018", "'", "\u2019", "'", "\u201a", "'", "\u201b", "'",
		"\u201c", `"`, "\u201d", `"`, "\u201e", `"`, "\u201f", `"`)
)

// withoutControls drops the control characters that have no place in a text.
func withoutControls(r rune) rune {
	switch {
	case r == '\t', r == '\n', r == '\f', r == '\r':
		return r
	case r < 0x20, r == 0x7f, 0x206a <= r && r <= 0x206f, r == 0xfeff, 0xfff9 <= r && r <= 0xfffc:
		return -1
	}
	return r
}

// signs are what UTF-8 looks like when it was read as Windows-1252: one of them
// must occur, because a text such as "CAFÉ”" can be read either way. The last two are
// those of a character that a lost no-break space has cut (see nobreak.go).
var signs = regexp.MustCompile(
	`[ÂÃ][\x{80}-\x{bf}\x{20ac}\x{201a}\x{192}\x{201e}\x{2026}\x{2020}\x{2021}\x{2c6}\x{2030}\x{160}\x{2039}\x{152}\x{17d}\x{2018}-\x{201d}\x{2022}\x{2013}\x{2014}\x{2dc}\x{2122}\x{161}\x{203a}\x{153}\x{17e}\x{178}]|â€|ðŸ|[a-z]\s?[ÃÂ] |^[ÃÂ] `,
)

// redecode returns the text that was meant if its UTF-8 was read as
// Windows-1252 or Latin-1.
func redecode(text string) (meant string, changed bool) {
	if !signs.MatchString(text) {
		return text, false
	}
	read := make([]byte, 0, len(text))
	for _, r := range text {
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok {
			if r > 0xff {
				return text, false
			}
			b = byte(r)
		}
		read = append(read, b)
	}
	read = withNoBreakSpaces(read)
	return string(read), utf8.Valid(read)
}
