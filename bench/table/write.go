package main

import (
	"fmt"
	"io"
	"strconv"
)

// write prints the table of docs/engine.md.
func write(w io.Writer, all []measured) {
	fmt.Fprintln(w, "| work | threads | kontrast | peer | ratio | goal | before | peer is |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|")
	for _, m := range all {
		before := ""
		if m.Before > 0 {
			before = strconv.FormatFloat(m.Before, 'g', -1, 64)
		}
		fmt.Fprintf(w, "| %s | %d | %s %s | %s | %.2f | %g | %s | %s |\n", m.Work, m.Threads, amount(m.Ours), m.Unit,
			amount(m.Peer), m.Ratio, m.Goal, before, m.Of)
	}
}

// amount prints three digits.
func amount(x float64) string {
	switch {
	case x >= 100:
		return strconv.FormatFloat(x, 'f', 0, 64)
	case x >= 10:
		return strconv.FormatFloat(x, 'f', 1, 64)
	}
	return strconv.FormatFloat(x, 'f', 2, 64)
}
