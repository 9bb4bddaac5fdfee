package compare

import (
	"context"

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
