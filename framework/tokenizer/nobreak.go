package tokenizer

import (
	"bytes"
	"regexp"
	"strings"
)

// cut are the bytes of a character of UTF-8 of which one, that of a no-break
// space in Latin-1 (a0), has become a space; the characters of the expression
// stand for bytes. They are the leading bytes and continuations for which ftfy
// 6.3.1 takes it for one: letters of European languages, Arabic, most of what
// has three bytes, emoji.
var cut = regexp.MustCompile(`[\xc2\xc3\xc5\xce\xd0\xd9] ` +
	`|[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]|[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] ` +
	`|\xf0 [\x80-\xbf][\x80-\xbf]|\xf0[\x80-\xbf] [\x80-\xbf]|\xf0[\x80-\xbf][\x80-\xbf] `)

// withNoBreakSpaces puts the byte a0 back into characters of UTF-8 of which a
// space has taken its place. A space after c3 is most often the end of a word
// such as the French "à", or "déjà", so that it stays besides; but not where the
// letter begins a word of Portuguese.
func withNoBreakSpaces(text []byte) []byte {
	const lead = 0xc3
	var words []byte
	for i, b := range text {
		words = append(words, b)
		if rest := text[i+1:]; b == lead && len(rest) > 0 && rest[0] == ' ' && !beginsWord(rest[1:]) {
			words = append(words, 0xa0)
		}
	}
	if !bytes.ContainsRune(words, ' ') {
		return words
	}
	characters := make([]rune, len(words))
	for i, b := range words {
		characters[i] = rune(b)
	}
	mended := cut.ReplaceAllStringFunc(
		string(characters), func(found string) string { return strings.ReplaceAll(found, " ", "\u00a0") },
	)
	out := make([]byte, 0, len(words))
	for _, r := range mended {
		out = append(out, byte(r))
	}
	return out
}

// beginsWord reports whether a letter à and what follows the space after it are
// one word, "às", "àquele", or two spaces have been one letter and a space.
func beginsWord(rest []byte) bool {
	for _, of := range []string{" ", "quele", "quela", "quilo", "s "} {
		if bytes.HasPrefix(rest, []byte(of)) {
			return true
		}
	}
	return false
}
