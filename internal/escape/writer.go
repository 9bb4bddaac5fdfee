package escape

import (
	"io"
	"sync"
	"unicode/utf8"
)

// Writer writes [Text] of what it is given. Where a character is divided among
// two writes its first part waits for the second. Several goroutines may write.
type Writer struct {
	to      io.Writer
	mu      sync.Mutex
	divided []byte
}

// NewWriter returns a writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	whole := append(w.divided, p...)
	end := len(whole)
	for back := 1; back < utf8.UTFMax && back <= len(whole); back++ {
		if start := len(whole) - back; utf8.RuneStart(whole[start]) {
			if !utf8.FullRune(whole[start:]) {
				end = start
			}
			break
		}
	}
	w.divided = append([]byte(nil), whole[end:]...)
	if _, err := io.WriteString(w.to, Text(string(whole[:end]))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Raw returns what an escape.Writer writes to, and any other writer as it is:
// for those who escape what they write themselves, and have colors of their own.
func Raw(w io.Writer) io.Writer {
	if escaping, ok := w.(*Writer); ok {
		return escaping.to
	}
	return w
}
