// Package textfile reads text files as people's programs write them: UTF-8 with
// or without a byte order mark, or UTF-16 with one, and lines that end as on
// any system.
package textfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// maxBytes is more text than anybody writes.
const maxBytes = 64 << 20

// Read reads a file that must be text in UTF-8 or UTF-16, of at most 64 MiB.
// Errors name the file and the line.
func Read(path string) (string, error) {
	raw, err := ReadSmall(path)
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

// ReadSmall is [ReadFile] of at most 64 MiB.
func ReadSmall(path string) ([]byte, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() > maxBytes {
		return nil, fmt.Errorf("%s has %d MiB, expected a text of at most %d", path, info.Size()>>20, maxBytes>>20)
	}
	return ReadFile(path)
}

// ReadFile reads a regular file as it is. Anything else, which might never end,
// is an error that says what it is, and so is a link to nothing.
func ReadFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		if target, linkErr := os.Readlink(path); linkErr == nil {
			return nil, fmt.Errorf("%s is a link to %s, which is not there: %w", path, target, fs.ErrNotExist)
		}
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is %s, expected a file", path, KindOf(info.Mode()))
	}
	return os.ReadFile(path)
}

// KindOf says what a file is that is not a regular one.
func KindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "no regular file"
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
