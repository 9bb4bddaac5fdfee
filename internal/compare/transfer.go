package compare

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Transfer is what the networks of a transfer study score by one evaluation.
type Transfer struct {
	Study, Evaluation string
	Models            []TransferModel // in the order of their mean ranks, those without one last
	Data              []TransferData
	// Cells are by model and data set; nil where there is no row.
	Cells [][]*TransferCell
	// Pairs are all pairs of networks on each data set, the better one first, as
	// [Study] has them of one seed: about these networks. Holm's correction is over
	// the pairs of a data set. Dataset is the one measured on.
	Pairs []Pair
	// Overall compares the networks that have scores on all data sets over these;
	// nil where there are fewer than two networks or data sets.
	Overall *Overall
}

// TransferModel is a network.
type TransferModel struct{ Name, Backbone, Method string }

// TransferData is a data set that networks were measured on.
type TransferData struct {
	Name                    string
	Training, Test, Classes int
}

// TransferCell is a score.
type TransferCell struct {
	store.TransferScore
	Letters string // networks that share a letter on a data set are not told apart
}

// Transfers compares the networks of a transfer study, by each evaluation.
func Transfers(ctx context.Context, s *store.Store, study string, o Options) ([]*Transfer, error) {
	scores, err := s.TransferScores(ctx, study)
	if err != nil {
		return nil, err
	}
	var all []*Transfer
	for _, score := range scores {
		at := slices.IndexFunc(all, func(t *Transfer) bool { return t.Evaluation == score.Evaluation })
		if at < 0 {
			at = len(all)
			all = append(all, &Transfer{Study: study, Evaluation: score.Evaluation})
		}
		all[at].add(score)
	}
	read := reader{store: s, guesses: map[guessKey]store.Guesses{}}
	for _, t := range all {
		for d := range t.Data {
			if err := t.judge(ctx, read, d, o); err != nil {
				return nil, err
			}
		}
		if err := t.rank(o); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// add takes a row of the table in.
func (t *Transfer) add(score store.TransferScore) {
	model := slices.IndexFunc(t.Models, func(m TransferModel) bool { return m.Name == score.Model })
	if model < 0 {
		model = len(t.Models)
		t.Models = append(t.Models, TransferModel{score.Model, score.Backbone, score.Method})
		t.Cells = append(t.Cells, make([]*TransferCell, len(t.Data)))
	}
	set := slices.IndexFunc(t.Data, func(d TransferData) bool { return d.Name == score.Dataset })
	if set < 0 {
		set = len(t.Data)
		t.Data = append(t.Data, TransferData{score.Dataset, score.Training, score.Test, score.Classes})
		for i := range t.Cells {
			t.Cells[i] = append(t.Cells[i], nil)
		}
	}
	t.Cells[model][set] = &TransferCell{TransferScore: score}
}

// judge compares all pairs of networks on a data set.
func (t *Transfer) judge(ctx context.Context, read reader, set int, o Options) error {
	name := Table{Study: t.Study, Dataset: t.Data[set].Name, Protocol: t.Evaluation, Metric: "top1", Unit: "fraction"}
	var rows []row
	var cells []*TransferCell
	for i, m := range t.Models {
		if cell := t.Cells[i][set]; cell != nil && cell.Value.Valid {
			name.Kind = cell.Kind
			rows = append(rows, row{"", Setting{Method: m.Name}, map[uint64]store.Score{
				0: {Run: cell.Run, Protocol: cell.Protocol, Value: cell.Value.Float64},
			}})
			cells = append(cells, cell)
		}
	}
	sort.Stable(byScore{rows, cells})
	var pairs []Pair
	for j, second := range rows {
		for _, first := range rows[:j] {
			pair, err := read.pair(ctx, table{Table: name}, first, second, Options{Margin: o.Margin}, false)
			if err != nil {
				return fmt.Errorf("comparing %s with %s on %s: %w", first.setting.Method, second.setting.Method, name.Dataset, err)
			}
			pair.Note = ""
			if pair.Test == None {
				pair.Note = "no guesses of single samples are recorded"
			}
			pairs = append(pairs, pair)
		}
	}
	decide(pairs)
	letters := stats.Letters(len(rows), func(i, j int) bool {
		return slices.ContainsFunc(pairs, func(p Pair) bool { return p.Of(rows[i].setting, rows[j].setting) && p.Decided() })
	})
	tested := slices.ContainsFunc(pairs, func(p Pair) bool { return p.Test != None })
	for i, cell := range cells {
		if tested {
			cell.Letters = letters[i]
		}
	}
	t.Pairs = append(t.Pairs, pairs...)
	return nil
}

// byScore orders rows and their cells, the best first.
type byScore struct {
	rows  []row
	cells []*TransferCell
}

func (b byScore) Len() int           { return len(b.rows) }
func (b byScore) Less(i, j int) bool { return b.rows[i].runs[0].Value > b.rows[j].runs[0].Value }
func (b byScore) Swap(i, j int) {
	b.rows[i], b.rows[j] = b.rows[j], b.rows[i]
	b.cells[i], b.cells[j] = b.cells[j], b.cells[i]
}

// rank compares the networks over the data sets, and orders them.
func (t *Transfer) rank(o Options) error {
	overall := &Overall{Study: t.Study, Protocol: t.Evaluation, Metric: "top1", Unit: "fraction"}
	for _, d := range t.Data {
		overall.Blocks = append(overall.Blocks, d.Name)
	}
	for i, m := range t.Models {
		one := OverallMethod{Method: m.Name}
		for _, cell := range t.Cells[i] {
			if cell != nil && cell.Value.Valid {
				one.means, one.scores = append(one.means, cell.Value.Float64), append(one.scores, []float64{cell.Value.Float64})
			}
		}
		if len(one.means) == len(t.Data) {
			overall.Methods = append(overall.Methods, one)
		}
	}
	if len(overall.Blocks) < 2 || len(overall.Methods) < 2 {
		return nil
	}
	if err := overall.compute(o); err != nil {
		return err
	}
	t.Overall = overall
	place := func(name string) int {
		at := slices.IndexFunc(overall.Methods, func(m OverallMethod) bool { return m.Method == name })
		if at < 0 {
			return len(overall.Methods)
		}
		return at
	}
	order := make([]int, len(t.Models))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return place(t.Models[a].Name) - place(t.Models[b].Name) })
	models, cells := make([]TransferModel, len(order)), make([][]*TransferCell, len(order))
	for to, from := range order {
		models[to], cells[to] = t.Models[from], t.Cells[from]
	}
	t.Models, t.Cells = models, cells
	return nil
}
