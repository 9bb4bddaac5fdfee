package report

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/escape"
)

// writeTransferVerdicts writes what is decided over the data sets and on each.
func writeTransferVerdicts(w io.Writer, t *compare.Transfer, few bool, names []string) error {
	lines := []string{""}
	for _, verdict := range TransferVerdicts(t, few, names...) {
		lines = append(lines, "  "+verdict.Text)
	}
	if len(lines) == 1 {
		return nil
	}
	heading := fmt.Sprintf("verdicts by %s (5 %% level over the pairs of a data set; of these networks, not of their "+
		"methods):", t.Evaluation)
	return Write(w, Table{Notes: slices.Insert(lines, 1, heading)}, Text)
}

// TransferVerdict says what is known of two networks, over the data sets or on one.
type TransferVerdict struct {
	Text  string
	Clear bool // one is better beyond chance, at the 5 % level
}

// TransferVerdicts say of the pairs of networks what is decided over the data
// sets and on each. See [WriteTransfers].
func TransferVerdicts(t *compare.Transfer, few bool, names ...string) (verdicts []TransferVerdict) {
	wanted := func(first, second string) bool {
		return len(names) < 2 || slices.Contains(names, first) && slices.Contains(names, second)
	}
	if t.Overall != nil {
		for _, p := range t.Overall.Matrix {
			all := !few || len(t.Overall.Matrix) <= manyPairs || p.First == t.Overall.Methods[0].Method
			if all && wanted(p.First, p.Second) {
				text := fmt.Sprintf("over the data sets: %s and %s: mean difference %s points, better on %d and worse on %d of %d "+
					"(Wilcoxon, Holm p %s)", p.First, p.Second, signed(p.Mean), p.Won, p.Lost, len(t.Data), probability(p.Holm))
				verdicts = append(verdicts, TransferVerdict{text, p.Decided()})
			}
		}
	}
	left := 0
	for _, p := range t.Pairs {
		switch {
		case !wanted(p.First.Method, p.Second.Method) || p.Test == compare.None && len(names) < 2:
		case few && len(t.Pairs) > manyPairs && p.First.Method != best(t, p.Dataset):
			left++
		default:
			verdicts = append(verdicts, TransferVerdict{p.Dataset + ": " + transferSentence(p), p.Decided()})
		}
	}
	if left > 0 {
		text := fmt.Sprintf("%d more pairs are judged by: kontrast verdict %s", left, escape.ShellWord(t.Study))
		verdicts = append(verdicts, TransferVerdict{Text: text})
	}
	return verdicts
}

// best is the network with the highest score on a data set.
func best(t *compare.Transfer, dataset string) string {
	for _, p := range t.Pairs { // the first pair of a data set has it
		if p.Dataset == dataset {
			return p.First.Method
		}
	}
	return ""
}

// transferSentence says what is known of two networks on a data set.
func transferSentence(p compare.Pair) string {
	c := Comparison{Percent: true}
	switch {
	case p.Test == compare.None:
		return fmt.Sprintf("%s and %s: %s points, untested: %s",
			p.First.Method, p.Second.Method, signed(p.Estimate.Mean), p.Note)
	case p.Decided():
		return fmt.Sprintf("%s beats %s by %s points (%s, Holm p %s)", p.First.Method, p.Second.Method,
			c.amount(math.Abs(p.Estimate.Mean)), c.interval(p), probability(p.Holm))
	}
	return fmt.Sprintf("%s and %s: undecided (%s points, %s, Holm p %s)", p.First.Method, p.Second.Method,
		c.amount(p.Estimate.Mean), c.interval(p), probability(p.Holm))
}

// signed prints a difference of shares in points, with its sign unless it rounds to none.
func signed(x float64) string {
	text := Comparison{Percent: true}.amount(x)
	if x > 0 && text != "0" {
		text = "+" + text
	}
	return text
}
