package data

import (
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// readable is a text in UTF-8: itself, or, if it is none, the text that its
// bytes are in Windows-1252, the most common of the older encodings.
func readable(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	decoded, err := charmap.Windows1252.NewDecoder().String(text)
	if err != nil {
		return text
	}
	return decoded
}

// className is the class that a folder stands for. Systems store accents as
// letters of their own or not, and in several encodings; the class is the same.
func className(folder string) string { return norm.NFC.String(readable(folder)) }
