package report

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/compare"
)

// WriteOveralls writes how methods stand over several backbones and data sets,
// for people: their ranks, and every pair.
func WriteOveralls(w io.Writer, overalls []compare.Overall) error {
	for _, o := range overalls {
		percent := o.Unit == "fraction"
		heading := fmt.Sprintf("over %d backbones and data sets (%s) by %s %s:",
			len(o.Blocks), strings.Join(o.Blocks, ", "), o.Kind, o.Metric)
		if err := Write(w, Table{Notes: []string{"", heading}}, Text); err != nil {
			return err
		}
		methods := Table{Columns: []string{"method", "mean rank", "IQM", "95 % interval"},
			Notes: []string{
				fmt.Sprintf("mean rank: 1 is best; that no method differs has p %s (Friedman)", probability(o.FriedmanP)),
				"IQM: mean of the middle half of all runs, with the interval of a bootstrap within each backbone and data set", "",
			}}
		number := func(x float64) any { return Estimate{x, math.NaN(), percent, false} }
		for _, m := range o.Methods {
			methods.Rows = append(methods.Rows, []any{
				m.Method, fmt.Sprintf("%.2f", m.MeanRank), number(m.IQM), fmt.Sprintf("%v to %v", number(m.Lower), number(m.Upper)),
			})
		}
		if err := Write(w, methods, Text); err != nil {
			return err
		}
		pairs := Table{Columns: []string{"first", "second", "mean difference", "won", "tied", "lost", "Holm p", "improves",
			"better", "equivalent", "worse"},
			Notes: []string{
				"Holm p: Wilcoxon's signed-rank test over backbones and data sets; improves: how likely a run of first beats a " +
					"run of second",
				"better, equivalent, worse: how likely on a further backbone or data set (Bayesian signed-rank test)",
			}}
		for _, p := range o.Matrix {
			pairs.Rows = append(pairs.Rows, []any{p.First, p.Second, Estimate{p.Mean, math.NaN(), percent, true},
				p.Won, p.Tied, p.Lost,
				probability(p.Holm), fmt.Sprintf("%.2f", p.Improves), fmt.Sprintf("%.2f", p.Better),
				fmt.Sprintf("%.2f", p.Equivalent), fmt.Sprintf("%.2f", p.Worse)})
		}
		if err := Write(w, pairs, Text); err != nil {
			return err
		}
	}
	return nil
}
