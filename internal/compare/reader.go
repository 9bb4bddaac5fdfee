package compare

import (
	"context"
	"math"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// table has the settings to be compared, by backbone, the best first.
type table struct {
	Table
	rows []row
}

type row struct {
	backbone string
	setting  Setting
	runs     map[uint64]store.Score // by seed
}

// backend is the compute backend of all runs of the row.
func (r row) backend() string {
	for _, run := range r.runs {
		return run.Backend
	}
	return ""
}

// reader reads scores and guesses, each once.
type reader struct {
	store   *store.Store
	guesses map[guessKey]store.Guesses
}

type guessKey struct {
	run      int64
	protocol string
}

func (r reader) tables(ctx context.Context, f store.Filter) ([]table, error) {
	summaries, err := r.store.Summaries(ctx, f)
	if err != nil {
		return nil, err
	}
	scores, err := r.store.Scores(ctx, f)
	if err != nil {
		return nil, err
	}
	type key struct{ study, dataset, backbone, method, hash, protocol, metric string }
	runs := map[key]map[uint64]store.Score{}
	for _, s := range scores {
		at := key{s.Study, s.Dataset, s.Backbone, s.Method, s.ConfigHash, s.Protocol, s.Metric}
		if runs[at] == nil {
			runs[at] = map[uint64]store.Score{}
		}
		runs[at][s.Seed] = s
	}
	var tables []table
	at := map[Table]int{}
	for _, s := range summaries { // the best first
		name := Table{s.Study, s.Dataset, s.Protocol, s.Kind, s.Metric, s.Unit, s.LowerIsBetter}
		i, known := at[name]
		if !known {
			i = len(tables)
			at[name] = i
			tables = append(tables, table{Table: name})
		}
		tables[i].rows = append(tables[i].rows, row{s.Backbone, Setting{s.Method, s.ConfigHash},
			runs[key{s.Study, s.Dataset, s.Backbone, s.Method, s.ConfigHash, s.Protocol, s.Metric}]})
	}
	return tables, nil
}

// bySample returns the differences by seed and test sample, or nil where the
// guesses of some seed are not recorded, or not those that the scores are of,
// or of other samples.
func (r reader) bySample(ctx context.Context, t table, first, second row, seeds []uint64) ([][]float64, error) {
	if t.Metric != "top1" {
		return nil, nil
	}
	test := ""
	var rows [][]float64
	for _, seed := range seeds {
		var sides [2][]float64
		for side, score := range []store.Score{first.runs[seed], second.runs[seed]} {
			g, err := r.read(ctx, score.Run, score.Protocol)
			if err != nil {
				return nil, err
			}
			if len(g.Right) < 2 || math.Abs(g.Mean()-score.Value) > 1e-6 || test != "" && g.Test != test {
				return nil, nil
			}
			test, sides[side] = g.Test, g.Right
		}
		differences := make([]float64, len(sides[0]))
		for i := range differences {
			differences[i] = sides[0][i] - sides[1][i]
		}
		rows = append(rows, differences)
	}
	return rows, nil
}

func (r reader) read(ctx context.Context, run int64, protocol string) (store.Guesses, error) {
	at := guessKey{run, protocol}
	g, known := r.guesses[at]
	if known {
		return g, nil
	}
	g, err := r.store.Guesses(ctx, run, protocol)
	if err == nil {
		r.guesses[at] = g
	}
	return g, err
}
