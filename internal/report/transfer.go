package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/compare"
)

// WriteTransfers writes a transfer study for people: for each evaluation a table
// of networks and data sets, how the networks stand over the data sets, and what
// is decided. With names only the pairs of those two networks; few leaves out
// pairs without the best network of a data set where there are many.
func WriteTransfers(w io.Writer, transfers []*compare.Transfer, few bool, names ...string) error {
	for i, t := range transfers {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if len(names) == 0 {
			if err := Write(w, transferTable(t), Text); err != nil {
				return err
			}
		}
		if err := writeTransferVerdicts(w, t, few, names); err != nil {
			return err
		}
	}
	return nil
}

// transferTable is the table of an evaluation.
func transferTable(t *compare.Transfer) Table {
	table := Table{Columns: []string{t.Evaluation, "backbone"}, Notes: []string{""}}
	var sizes []string
	for _, d := range t.Data {
		table.Columns = append(table.Columns, d.Name)
		sizes = append(sizes, fmt.Sprintf("%s %d classes, %d training and %d test images",
			d.Name, d.Classes, d.Training, d.Test))
	}
	if t.Overall != nil {
		table.Columns = append(table.Columns, "mean rank", "IQM")
	}
	var notes []string
	letters := false
	for i, m := range t.Models {
		row := []any{m.Name, m.Backbone}
		for d, cell := range t.Cells[i] {
			switch {
			case cell == nil || !cell.Value.Valid:
				row = append(row, nil)
			default:
				letters = letters || cell.Letters != ""
				value := strings.TrimSpace(fmt.Sprintf("%.1f %s", 100*cell.Value.Float64, cell.Letters))
				if cell.Duplicated.Int64 > 0 {
					value += " !"
				}
				row = append(row, value)
			}
			notes = append(notes, cellNotes(m.Name, t.Data[d], cell)...)
		}
		if t.Overall != nil {
			row = append(row, overallCells(t.Overall, m.Name)...)
		}
		table.Rows = append(table.Rows, row)
	}
	table.Notes = append(table.Notes, fmt.Sprintf("top-1 in %% by %s; %s", t.Evaluation, strings.Join(sizes, "; ")))
	if letters {
		table.Notes = append(table.Notes, "networks that share a letter in a column are not told apart at the 5 % level "+
			"(McNemar's test on the same images, Holm's correction for all pairs of the column)")
	}
	if t.Overall != nil {
		table.Notes = append(table.Notes, fmt.Sprintf("mean rank over the data sets: 1 is best; that no network differs "+
			"has p %s (Friedman); IQM: mean of the middle half of the data sets", probability(t.Overall.FriedmanP)))
	}
	table.Notes = append(table.Notes, gathered(notes)...)
	return table
}

// cellNotes say what the table can't: why there is no number, and leaks.
func cellNotes(model string, d compare.TransferData, cell *compare.TransferCell) (notes []string) {
	if cell == nil {
		return nil
	}
	if cell.Note != "" {
		notes = append(notes, fmt.Sprintf("%s: %s: %s", model, cell.Note, d.Name))
	}
	if n := cell.Duplicated.Int64; n > 0 {
		notes = append(notes, fmt.Sprintf("! %s: %d of %d test images have a near-duplicate among the training images "+
			"(kontrast sql 'SELECT * FROM duplicates'): %s", model, n, d.Test, d.Name))
	}
	return notes
}

// gathered joins notes that differ only after their last colon.
func gathered(notes []string) (lines []string) {
	var starts []string
	ends := map[string][]string{}
	for _, note := range notes {
		cut := strings.LastIndex(note, ": ")
		start, end := note[:cut], note[cut+2:]
		if ends[start] == nil {
			starts = append(starts, start)
		}
		ends[start] = append(ends[start], end)
	}
	for _, start := range starts {
		lines = append(lines, start+": "+strings.Join(ends[start], ", "))
	}
	return lines
}

// overallCells are the mean rank and the interquartile mean of a network.
func overallCells(o *compare.Overall, name string) []any {
	for _, m := range o.Methods {
		if m.Method == name {
			return []any{fmt.Sprintf("%.2f", m.MeanRank), fmt.Sprintf("%.1f", 100*m.IQM)}
		}
	}
	return []any{nil, nil}
}

// writeTransferVerdicts writes what is decided over the data sets and on each.
func writeTransferVerdicts(w io.Writer, t *compare.Transfer, few bool, names []string) error {
	lines := TransferVerdicts(t, few, names...)
	if len(lines) == 0 {
		return nil
	}
	for i := range lines {
		lines[i] = "  " + lines[i]
	}
	heading := fmt.Sprintf("verdicts by %s (5 %% level over the pairs of a data set; of these networks, not of their "+
		"methods):", t.Evaluation)
	return Write(w, Table{Notes: append([]string{"", heading}, lines...)}, Text)
}

// TransferVerdicts say of the pairs of networks what is decided over the data
// sets and on each. See [WriteTransfers].
func TransferVerdicts(t *compare.Transfer, few bool, names ...string) (lines []string) {
	wanted := func(first, second string) bool {
		return len(names) < 2 || slices.Contains(names, first) && slices.Contains(names, second)
	}
	if t.Overall != nil {
		for _, p := range t.Overall.Matrix {
			all := !few || len(t.Overall.Matrix) <= manyPairs || p.First == t.Overall.Methods[0].Method
			if all && wanted(p.First, p.Second) {
				lines = append(lines, fmt.Sprintf("over the data sets: %s and %s: mean difference %+.1f points, better on %d and "+
					"worse on %d of %d (Wilcoxon, Holm p %s)",
					p.First, p.Second, 100*p.Mean, p.Won, p.Lost, len(t.Data), probability(p.Holm)))
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
			lines = append(lines, p.Dataset+": "+transferSentence(p))
		}
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("%d more pairs are judged by: kontrast verdict %s", left, t.Study))
	}
	return lines
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
		return fmt.Sprintf("%s and %s: %+.1f points, untested: %s",
			p.First.Method, p.Second.Method, 100*p.Estimate.Mean, p.Note)
	case p.Decided():
		return fmt.Sprintf("%s beats %s by %s points (%s, Holm p %s)", p.First.Method, p.Second.Method,
			c.amount(math.Abs(p.Estimate.Mean)), c.interval(p), probability(p.Holm))
	}
	return fmt.Sprintf("%s and %s: undecided (%s points, %s, Holm p %s)", p.First.Method, p.Second.Method,
		c.amount(p.Estimate.Mean), c.interval(p), probability(p.Holm))
}

// TransferData is a transfer study for programs.
func TransferData(study string, transfers []*compare.Transfer) map[string]any {
	scores, verdicts, overall := []map[string]any{}, []map[string]any{}, []map[string]any{}
	for _, t := range transfers {
		for i, m := range t.Models {
			for d, cell := range t.Cells[i] {
				if cell == nil {
					continue
				}
				row := map[string]any{
					"model": m.Name, "backbone": m.Backbone, "method": m.Method, "dataset": t.Data[d].Name,
					"evaluation": t.Evaluation, "top1": nil, "note": cell.Note, "protocol": cell.Protocol, "letters": cell.Letters,
					"training": t.Data[d].Training, "test": t.Data[d].Test, "classes": t.Data[d].Classes, "duplicated": nil,
				}
				if cell.Value.Valid {
					row["top1"] = cell.Value.Float64
				}
				if cell.Duplicated.Valid {
					row["duplicated"] = cell.Duplicated.Int64
				}
				scores = append(scores, row)
			}
		}
		for _, p := range t.Pairs {
			verdicts = append(verdicts, map[string]any{
				"evaluation": t.Evaluation, "dataset": p.Dataset, "first": p.First.Method, "second": p.Second.Method,
				"verdict": string(p.Verdict), "difference": jsonCell(p.Estimate.Mean), "lower": jsonCell(p.Lower),
				"upper": jsonCell(p.Upper), "p": jsonCell(p.P), "p_holm": jsonCell(p.Holm), "test": p.Test, "note": p.Note,
			})
		}
		if t.Overall == nil {
			continue
		}
		for _, m := range t.Overall.Methods {
			overall = append(overall, map[string]any{
				"evaluation": t.Evaluation, "model": m.Method, "mean_rank": m.MeanRank, "iqm": m.IQM,
				"friedman_p": t.Overall.FriedmanP,
			})
		}
	}
	return map[string]any{"study": study, "scores": scores, "verdicts": verdicts, "overall": overall}
}
