package report

import (
	"fmt"
	"io"
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
	letters := false
	for i, m := range t.Models {
		row := []any{m.Name, m.Backbone}
		for _, cell := range t.Cells[i] {
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
	table.Notes = append(table.Notes, TransferNotes(t)...)
	return table
}

// TransferNotes say what the table of an evaluation can't: which networks have no
// number on which data sets, and why, and where images have leaked.
func TransferNotes(t *compare.Transfer) (lines []string) {
	var notes []string
	models := map[string][]string{}
	for i, m := range t.Models {
		for _, note := range rowNotes(t.Data, t.Cells[i]) {
			if models[note] == nil {
				notes = append(notes, note)
			}
			models[note] = append(models[note], m.Name)
		}
	}
	for _, note := range notes {
		mark := ""
		if leak, found := strings.CutPrefix(note, "! "); found {
			mark, note = "! ", leak
		}
		lines = append(lines, mark+strings.Join(models[mark+note], ", ")+": "+note)
	}
	return lines
}

// rowNotes are those of a network, each with the data sets that it is of.
func rowNotes(data []compare.TransferData, cells []*compare.TransferCell) (lines []string) {
	var notes []string
	of := map[string][]string{}
	add := func(note, dataset string) {
		if of[note] == nil {
			notes = append(notes, note)
		}
		of[note] = append(of[note], dataset)
	}
	for i, cell := range cells {
		if cell == nil {
			continue
		}
		if cell.Note != "" {
			add(cell.Note, data[i].Name)
		}
		if n := cell.Duplicated.Int64; n > 0 {
			add(fmt.Sprintf("! %d of %d test images have a near-duplicate among the training images "+
				"(kontrast sql 'SELECT * FROM duplicates')", n, data[i].Test), data[i].Name)
		}
	}
	for _, note := range notes {
		lines = append(lines, note+": "+strings.Join(of[note], ", "))
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
