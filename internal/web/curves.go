package web

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// curve is a metric of a run over its steps, thinned so that its peaks stay.
type curve struct {
	Run    int64     `json:"run"`
	Steps  []int64   `json:"steps"`
	Values []float64 `json:"values"` // finite ones only
}

// readCurves reads the curves of every metric, of about limit points each.
func (study *Study) readCurves(ctx context.Context, s *store.Store, limit int) error {
	study.Curves = map[string][]curve{}
	var runs []int64
	for _, run := range study.Runs {
		runs = append(runs, run.ID)
	}
	for _, metric := range study.Logged {
		curves, err := thinner{runs: runs, metric: metric, points: limit}.read(ctx, s)
		if err != nil {
			return err
		}
		study.Curves[metric] = curves
	}
	return nil
}

// thinner reads a metric of runs, thinned by the database: of each of a number
// of stretches of steps the lowest and the highest value, and both ends.
type thinner struct {
	runs   []int64
	metric string
	points int // of a curve, about
	// rows that may be looked at for the lowest and highest; beyond, each stretch gives its first value. 0 for all
	most int
}

// extent is where a run's curve begins and ends.
type extent struct{ run, first, last, gap int64 }

func (t thinner) read(ctx context.Context, s *store.Store) ([]curve, error) {
	extents, err := t.extents(ctx, s)
	if err != nil || len(extents) == 0 {
		return []curve{}, err
	}
	rows := int64(0)
	for _, e := range extents {
		rows += (e.last-e.first)/max(e.gap, 1) + 1
	}
	picks := []string{"value", "value DESC"}
	if t.most > 0 && rows > int64(t.most) {
		picks = []string{"step"}
	}
	found, err := query(ctx, s, t.statement(extents, picks))
	curves := []curve{}
	for _, row := range found {
		run := whole(row[0])
		if len(curves) == 0 || curves[len(curves)-1].Run != run {
			curves = append(curves, curve{Run: run})
		}
		last := &curves[len(curves)-1]
		value, _ := row[2].(float64)
		last.Steps, last.Values = append(last.Steps, whole(row[1])), append(last.Values, digits(value, 6)) // nobody sees more
	}
	return curves, err
}

// extents asks the index alone.
func (t thinner) extents(ctx context.Context, s *store.Store) ([]extent, error) {
	if len(t.runs) == 0 {
		return nil, nil
	}
	ids := make([]string, len(t.runs))
	for i, run := range t.runs {
		ids[i] = fmt.Sprintf("(%d)", run)
	}
	rows, err := query(ctx, s, fmt.Sprintf(`
		WITH r(run) AS (VALUES %s),
		ends AS (
			SELECT run, (SELECT min(step) FROM metrics m WHERE m.run = r.run AND name = %s) AS first,
				(SELECT max(step) FROM metrics m WHERE m.run = r.run AND name = %[2]s) AS last
			FROM r
		)
		SELECT run, first, last, coalesce((SELECT min(step) FROM metrics m WHERE m.run = ends.run AND name = %[2]s AND step > first) - first, 1)
		FROM ends WHERE first IS NOT NULL ORDER BY run`, strings.Join(ids, ", "), quote(t.metric)))
	var extents []extent
	for _, row := range rows {
		extents = append(extents, extent{whole(row[0]), whole(row[1]), whole(row[2]), whole(row[3])})
	}
	return extents, err
}

// statement picks a step of every stretch of every run by each of the orders.
func (t thinner) statement(extents []extent, picks []string) string {
	stretches := max(2, t.points/len(picks))
	var bounds []string
	for _, e := range extents {
		bounds = append(bounds, fmt.Sprintf("(%d, %d, %d)", e.run, e.first, e.last-e.first+1))
	}
	chosen := []string{"SELECT run, first FROM b", "SELECT run, first + span - 1 FROM b"}
	for _, order := range picks {
		chosen = append(chosen, fmt.Sprintf(`
			SELECT run, (SELECT step FROM metrics m
				WHERE m.run = b.run AND name = %s AND step >= first + span * i / %d AND step < first + span * (i + 1) / %[2]d AND value IS NOT NULL
				ORDER BY %s LIMIT 1)
			FROM b, k`, quote(t.metric), stretches, order))
	}
	return fmt.Sprintf(`
		WITH RECURSIVE k(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i + 1 < %d),
		b(run, first, span) AS (VALUES %s),
		chosen(run, step) AS (%s)
		SELECT c.run, c.step, m.value FROM chosen c CROSS JOIN metrics m
		WHERE m.run = c.run AND m.name = %s AND m.step = c.step AND m.value IS NOT NULL ORDER BY 1, 2`,
		stretches, strings.Join(bounds, ", "), strings.Join(chosen, " UNION "), quote(t.metric))
}

// digits rounds to so many significant digits.
func digits(x float64, n int) float64 {
	if x == 0 {
		return 0
	}
	scale := math.Pow(10, float64(n)-math.Ceil(math.Log10(math.Abs(x))))
	if rounded := math.Round(x*scale) / scale; !math.IsNaN(rounded) && !math.IsInf(rounded, 0) {
		return rounded
	}
	return x
}
