package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// progress shows how far runs and downloads are. It is written to instead of
// the standard error, so that neither garbles the other.
type progress interface {
	io.Writer
	experiment.Progress
	// Data reports a download or an index: done of total, which is -1 if unknown.
	Data(what string, done, total int64)
}

// newProgress shows bars on a terminal and plain lines elsewhere.
func newProgress(w io.Writer) progress {
	file, ok := escape.Raw(w).(*os.File)
	if ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb" {
		return &bars{w: file, now: time.Now}
	}
	return newLines(w)
}

// timeLeft estimates how long the rest of the steps takes, in words.
func timeLeft(passed time.Duration, made, all int) string {
	if made <= 0 {
		return ""
	}
	left := time.Duration(float64(passed) / float64(made) * float64(all-made))
	return left.Round(time.Second).String() + " left"
}

// amount is a number of bytes or files for people.
func amount(n int64) string {
	switch {
	case n < 10_000:
		return fmt.Sprint(n)
	case n < 10_000_000:
		return fmt.Sprintf("%.1f k", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f M", float64(n)/1e6)
}
