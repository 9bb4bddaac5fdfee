package compare

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// Record brings the table comparisons up to date with the study's results,
// unless it is.
func Record(ctx context.Context, s *store.Store, study string, o Options) error {
	fresh, err := s.FreshComparisons(ctx, study, o.Margin)
	if err != nil || fresh {
		return err
	}
	pairs, err := Study(ctx, s, store.Filter{Study: study}, o)
	if err != nil {
		return err
	}
	rows := make([]store.PairRow, len(pairs))
	for i, pair := range pairs {
		rows[i] = pair.Row()
	}
	return s.SetComparisons(ctx, study, rows)
}

// Rows are the attribution as the table attributions has it.
func (a Attribution) Rows() []store.AttributionRow {
	note := ""
	if a.Sampled {
		note = fmt.Sprintf("estimated from %.0f of %.0f orders: which are drawn adds an error that the interval has not",
			a.Orders, a.AllOrders)
	} else if len(a.Left) > 0 {
		note = fmt.Sprintf("without %d corners", len(a.Left))
	}
	row := func(s Share) store.AttributionRow {
		return store.AttributionRow{Protocol: a.Protocol, Metric: a.Metric, Factor: s.Name, Other: s.Other,
			Value: s.Estimate.Mean,
			Lower: s.Lower, Upper: s.Upper, P: s.P, PHolm: s.Holm, Added: s.Added, Taken: s.Taken,
			N: len(a.Seeds), Corners: a.Corners, Orders: a.Orders, Note: note}
	}
	total := row(a.Total)
	total.Added, total.Taken = math.NaN(), math.NaN()
	rows := []store.AttributionRow{total}
	for _, s := range slices.Concat(a.Factors, a.Interactions) {
		rows = append(rows, row(s))
	}
	return rows
}

// RecordAttributions brings the table attributions up to date with the results of
// a study, unless it is or the study is no ablation.
func RecordAttributions(ctx context.Context, s *store.Store, study string) error {
	if _, found, err := s.Ablation(ctx, study); err != nil || !found {
		return err
	}
	if fresh, err := s.FreshAttributions(ctx, study); err != nil || fresh {
		return err
	}
	all, err := Attributions(ctx, s, store.Filter{Study: study})
	if err != nil {
		return err
	}
	var rows []store.AttributionRow
	for _, a := range all {
		rows = append(rows, a.Rows()...)
	}
	return s.SetAttributions(ctx, study, rows)
}
