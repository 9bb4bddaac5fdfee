// Package textfile reads text files as people's programs write them: UTF-8 with
// or without a byte order mark, or UTF-16 with one, and lines that end as on
// any system.
package textfile

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// Read reads a file that must be text in UTF-8 or UTF-16. Errors name the file and the line.
func Read(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	text, err := Decode(raw)
	if err != nil {
		return "", fmt.Errorf("%s, %w", path, err)
	}
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		if number++; !utf8.ValidString(line) {
			return "", fmt.Errorf("%s, line %d: not in UTF-8 (%.40q); save the file in that encoding", path, number, line)
		}
	}
	return text, nil
}

// Decode returns the text of a file's content, in lines that end in \n. What is
// not UTF-8 in it stays as it is, for tables whose columns have encodings of
// their own. A zero byte is an error, which begins with the line.
func Decode(raw []byte) (string, error) {
	switch {
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		decoded, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw)
		if err != nil {
			return "", fmt.Errorf("line 1: neither UTF-8 nor UTF-16: %w", err)
		}
		raw = decoded
	default:
		raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	}
	text := strings.ReplaceAll(string(raw), "\r\n", "\n")
	text = strings.ReplaceAll(text, "\r", "\n")
	if at := strings.IndexByte(text, 0); at >= 0 {
		return "", fmt.Errorf("line %d: a zero byte: this is no text", 1+strings.Count(text[:at], "\n"))
	}
	return text, nil
}
