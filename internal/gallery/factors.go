package gallery

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// factors shows what each method keeps of the factors of variation.
func factors(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	heat, err := r.table(ctx, s, "factor_scores", "factor || iif(metric = 'r2', ' (r²)', '') || iif(measured = dataset, "+
		"'', ' of ' || measured)", "mean", "mean IS NOT NULL")
	if err != nil {
		return nil, err
	}
	if len(heat.Rows) == 0 {
		return nil, fmt.Errorf(
			"study %q measured no factors of variation; kontrast protocols names the evaluations that do", r.Subject,
		)
	}
	heat.Title = r.Subject + ": what the features keep of each factor"
	heat.Legend = "linear probes, mean over seeds: accuracy (share of samples) or r² of a number; shaded within each " +
		"column"
	return figure.Heatmap(heat, r.Options)
}

// transfer shows the scores on data sets that the backbones were not trained on.
func transfer(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	if len(r.Versus) > 0 {
		return versus(ctx, s, r)
	}
	heat, err := r.table(ctx, s, "transfer_scores", "measured || ' ' || kind", "value",
		"kind <> 'factor' AND metric IN ('top1', 'recall@1')")
	if err != nil {
		return nil, err
	}
	if len(heat.Rows) == 0 {
		return nil, fmt.Errorf(
			"study %q measured no other data sets; kontrast protocols names the evaluations that do", r.Subject,
		)
	}
	heat.Title = r.Subject + ": scores on other data sets"
	heat.Legend = "mean over seeds, as a share of samples; shaded within each column"
	return figure.Heatmap(heat, r.Options)
}

// table reads a table of methods by column from a view, through the read-only door.
func (r Request) table(
	ctx context.Context, s *store.Store, view, column, value, where string,
) (heat figure.Heat, err error) {
	if err := CheckStudy(ctx, s, r.Subject); err != nil {
		return heat, err
	}
	rows, err := store.Query(ctx, s.Path(), fmt.Sprintf(
		"SELECT study, backbone, dataset, method, %s AS shown, avg(%s) FROM %s WHERE %s GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, "+
			"2, 3, 5, 6 DESC", column, value, view, where), store.Limits{Rows: 1_000_000})
	if err != nil {
		return heat, err
	}
	type cell struct {
		method, backbone, dataset, name string
		mean                            float64
	}
	var cells []cell
	several := false // backbones or data sets
	for _, row := range rows.Values {
		study, _ := row[0].(string)
		backbone, _ := row[1].(string)
		dataset, _ := row[2].(string)
		method, _ := row[3].(string)
		name, _ := row[4].(string)
		mean, isNumber := row[5].(float64)
		switch {
		case !isNumber, study != r.Subject, r.Backbone != "" && backbone != r.Backbone,
			r.Dataset != "" && dataset != r.Dataset,
			len(r.Methods) > 0 && !slices.Contains(r.Methods, method):
			continue
		}
		cells = append(cells, cell{method, backbone, dataset, name, mean})
		several = several || backbone != cells[0].backbone || dataset != cells[0].dataset
	}
	for _, c := range cells {
		if several {
			c.method += " on " + c.backbone + ", " + c.dataset
		}
		heat.Set(c.method, c.name, c.mean)
	}
	heat.Order()
	return heat, nil
}
