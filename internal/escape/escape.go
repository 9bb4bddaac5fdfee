// Package escape keeps a terminal as it is: text that comes from a database, a
// configuration, a file's name or another program's message is shown with
// every character that could steer the terminal, or make the text read as
// something else, as an escape such as \u009b.
//
// Escapes are those of JSON, so that JSON stays JSON, with the same meaning.
package escape

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Line is the text on one line: line ends and tabs are escaped, too.
func Line(text string) string { return escaped(text, false) }

// Text is the text with its line ends and tabs, and all else that steers a
// terminal escaped.
func Text(text string) string { return escaped(text, true) }

func escaped(text string, lines bool) string {
	var b strings.Builder
	kept := 0 // how much of the text is in b
	for at, r := range text {
		size := utf8.RuneLen(r)
		invalid := r == utf8.RuneError && !strings.HasPrefix(text[at:], string(utf8.RuneError))
		if invalid {
			size = 1
		}
		if !invalid && (!steers(r) || lines && (r == '\n' || r == '\t')) {
			continue
		}
		b.WriteString(text[kept:at])
		kept = at + size
		if invalid {
			fmt.Fprintf(&b, `\x%02x`, text[at])
			continue
		}
		b.WriteString(spelled(r))
	}
	if kept == 0 {
		return text
	}
	b.WriteString(text[kept:])
	return b.String()
}

// steers says whether a character moves the cursor, starts a command of the
// terminal, changes the direction of writing, or can't be seen. The joiners are
// part of the spelling of some languages and of emoji.
func steers(r rune) bool {
	switch {
	case r < 0x7f:
		return r < ' '
	case r == '\u200c' || r == '\u200d':
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

func spelled(r rune) string {
	switch r {
	case '\n':
		return `\n`
	case '\t':
		return `\t`
	case '\r':
		return `\r`
	}
	if high, low := utf16.EncodeRune(r); high != unicode.ReplacementChar {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
