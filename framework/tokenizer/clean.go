package tokenizer

import (
	"html"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// Clean prepares a text as CLIP's tokenizer does: faults of encoding are
// repaired, HTML entities are resolved twice, white space is reduced to single
// spaces, and letters become lower case by Unicode's full rules ("İ" becomes
// two characters, a Greek sigma at the end of a word its final form).
//
// The repairs are those of ftfy 6 that concern captions: straight quotes for
// curly ones, ligatures as letters, wide and narrow forms as usual ones, no
// control characters or terminal escapes, composed accents (NFC), entities in a
// text without "<", and UTF-8 that was read as Windows-1252 or Latin-1 where
// the whole text was, also if a space has taken the place of a no-break space
// that is part of a character ("dÃ©jÃ vu" is "déjà vu"). Of ftfy's heuristics,
// texts that are broken in places only and other wrong encodings are not repaired.
func Clean(text string) string {
	text = html.UnescapeString(html.UnescapeString(repair(text)))
	return lower(strings.Join(strings.Fields(text), " "))
}

func lower(text string) string {
	if isASCII(text) {
		return strings.ToLower(text)
	}
	return cases.Lower(language.Und).String(text)
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}
