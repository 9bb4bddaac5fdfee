package web

import (
	"context"

	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// transferTable is what the networks of a transfer study score by one evaluation.
type transferTable struct {
	Evaluation string          `json:"evaluation"`
	Data       []transferData  `json:"data"`
	Models     []transferModel `json:"models"`
	Friedman   any             `json:"friedman"` // p-value for no difference; null for too few data sets
	Notes      []string        `json:"notes"`    // which networks have no number, and why; leaks
	Verdicts   []string        `json:"verdicts"` // sentences on pairs of networks
	Clear      int             `json:"clear"`    // of the verdicts, those that are more than chance
}

type transferData struct {
	Name     string `json:"name"`
	Training int    `json:"training"` // samples
	Test     int    `json:"test"`
	Classes  int    `json:"classes"`
}

type transferModel struct {
	Name     string          `json:"name"`
	Backbone string          `json:"backbone"`
	Rank     any             `json:"rank"` // mean over the data sets; null where one has no score
	IQM      any             `json:"iqm"`
	Cells    []*transferCell `json:"cells"` // by data set
}

type transferCell struct {
	Value      any    `json:"value"` // null for none
	Letters    string `json:"letters"`
	Duplicated int64  `json:"duplicated"` // test images with a near-duplicate
}

// readTransfers reads the tables of a transfer study; there are none of another.
func (study *Study) readTransfers(ctx context.Context, s *store.Store) error {
	study.Transfers = []transferTable{}
	if is, err := s.IsTransfer(ctx, study.Name); err != nil || !is {
		return err
	}
	found, err := compare.Transfers(ctx, s, study.Name, compare.Options{Margin: compare.DefaultMargin})
	if err != nil {
		return err
	}
	for _, t := range found {
		table := transferTable{
			Evaluation: t.Evaluation, Verdicts: []string{}, Notes: append([]string{}, report.TransferNotes(t)...),
		}
		for _, verdict := range report.TransferVerdicts(t, true) {
			table.Verdicts = append(table.Verdicts, verdict.Text)
			if verdict.Clear {
				table.Clear++
			}
		}
		for _, d := range t.Data {
			table.Data = append(table.Data, transferData(d))
		}
		if t.Overall != nil {
			table.Friedman = t.Overall.FriedmanP
		}
		for i, m := range t.Models {
			table.Models = append(table.Models, modelOf(t, m, t.Cells[i]))
		}
		study.Transfers = append(study.Transfers, table)
	}
	return nil
}

func modelOf(t *compare.Transfer, m compare.TransferModel, cells []*compare.TransferCell) transferModel {
	model := transferModel{Name: m.Name, Backbone: m.Backbone}
	if t.Overall != nil {
		for _, of := range t.Overall.Methods {
			if of.Method == m.Name {
				model.Rank, model.IQM = of.MeanRank, of.IQM
			}
		}
	}
	for _, cell := range cells {
		if cell == nil {
			model.Cells = append(model.Cells, nil)
			continue
		}
		one := &transferCell{Letters: cell.Letters, Duplicated: cell.Duplicated.Int64}
		if cell.Value.Valid {
			one.Value = cell.Value.Float64
		}
		model.Cells = append(model.Cells, one)
	}
	return model
}
