package report

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// FactorMatrix is what the methods of a study keep of each factor of variation,
// on one backbone and data set: a row a method, a column a factor.
type FactorMatrix struct {
	Title string
	Table Table
}

// factorKind begins the protocols of factors, in one line.
const factorKind = "factor "

// WithoutFactors leaves out the comparisons of single factors, which
// [FactorMatrices] sets side by side.
func WithoutFactors(comparisons []Comparison) []Comparison {
	return slices.DeleteFunc(comparisons, func(c Comparison) bool { return strings.HasPrefix(c.Protocol, factorKind) })
}

// FactorMatrices returns the matrices of a study; none if its evaluations did
// not ask for the protocol factors. Means over the seeds: accuracies in percent,
// and R² where a factor is a number.
func FactorMatrices(ctx context.Context, s *store.Store, study string) ([]FactorMatrix, error) {
	scores, err := s.FactorScores(ctx, study)
	if err != nil {
		return nil, err
	}
	var matrices []FactorMatrix
	for len(scores) > 0 {
		first := scores[0]
		n := slices.IndexFunc(scores, func(f store.FactorScore) bool {
			return f.Dataset != first.Dataset || f.Measured != first.Measured || f.Backbone != first.Backbone
		})
		if n < 0 {
			n = len(scores)
		}
		matrices = append(matrices, factorMatrix(scores[:n]))
		scores = scores[n:]
	}
	return matrices, nil
}

func factorMatrix(scores []store.FactorScore) FactorMatrix {
	title := fmt.Sprintf("what %s keeps of the factors of %s", scores[0].Backbone, scores[0].Measured)
	if scores[0].Dataset != scores[0].Measured {
		title += ", trained on " + scores[0].Dataset
	}
	m := FactorMatrix{Title: title + ": top1 in %, or R², of linear probes; means over the seeds",
		Table: Table{Columns: []string{"method", "seeds"}}}
	columns := map[string]int{}
	rows := map[[2]string][]any{}
	for _, f := range scores {
		if _, known := columns[f.Factor]; !known {
			columns[f.Factor] = len(m.Table.Columns)
			name := f.Factor
			if f.Metric == "r2" {
				name += " R²"
			}
			m.Table.Columns = append(m.Table.Columns, name)
		}
	}
	for _, f := range scores {
		key := [2]string{f.Method, f.ConfigHash}
		row, known := rows[key]
		if !known {
			row = make([]any, len(m.Table.Columns))
			row[0], row[1] = f.Method, f.N
			rows[key] = row
			m.Table.Rows = append(m.Table.Rows, row)
		}
		row[columns[f.Factor]] = fmt.Sprintf("%.2f", f.Mean)
		if f.Metric == "top1" {
			row[columns[f.Factor]] = fmt.Sprintf("%.1f", 100*f.Mean)
		}
	}
	return m
}

// WriteFactors writes the matrices for people.
func WriteFactors(w io.Writer, matrices []FactorMatrix) error {
	for _, m := range matrices {
		if _, err := fmt.Fprintf(w, "\n%s\n", m.Title); err != nil {
			return err
		}
		if err := Write(w, m.Table, Text); err != nil {
			return err
		}
	}
	return nil
}
