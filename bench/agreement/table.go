package main

import (
	"fmt"
	"io"
	"time"
)

// held is the number of steps in which ours may be at most ten times as far from the reference as it is from itself.
const held = 100

// worst is the largest ratio of our distance to the largest distance from itself
// that the reference has had until then, over the first steps.
func (d distances) worst(steps int) float64 {
	worst, allowed := 0.0, 0.0
	for step, ours := range d.Ours[:min(steps, len(d.Ours))] {
		allowed = max(allowed, d.Self[step])
		worst = max(worst, ours/allowed)
	}
	return worst
}

// printTable prints the rows as docs/agreement.md has them.
func printTable(w io.Writer, all []agreement) {
	fmt.Fprintf(w, "%s\n\n", time.Now().Format("2 January 2006"))
	fmt.Fprintln(w, "| method | beside | losses, 100 steps | weights, 100 steps | losses, all | weights, all |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|")
	for _, a := range all {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", a.row.title, a.Versions,
			digits(a.Losses.worst(held)), digits(a.Weights.worst(held)),
			digits(a.Losses.worst(len(a.Losses.Ours))), digits(a.Weights.worst(len(a.Weights.Ours))))
	}
}

func digits(x float64) string {
	if x < 10 {
		return fmt.Sprintf("%.1f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
