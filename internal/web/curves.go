package web

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

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

// rows is how many rows the curve has, if the gap between them is always that of the first two.
func (e extent) rows() int64 { return (e.last-e.first)/max(e.gap, 1) + 1 }

// read asks for parts of the runs at once, by connections of their own.
func (t thinner) read(ctx context.Context, s *store.Store) ([]curve, error) {
	extents, err := t.extents(ctx, s)
	if err != nil || len(extents) == 0 {
		return []curve{}, err
	}
	total, longest := int64(0), int64(0)
	for _, e := range extents {
		total, longest = total+e.rows(), max(longest, e.rows())
	}
	statement := t.extremes
	switch {
	case longest <= int64(t.points):
		statement = t.all
	case t.most > 0 && total > int64(t.most):
		statement = t.sample
	}
	each := (len(extents) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
	parts := slices.Collect(slices.Chunk(extents, each))
	found := make([][]curve, len(parts))
	var group errgroup.Group
	for i, part := range parts {
		group.Go(func() error {
			rows, err := query(ctx, s, statement(part))
			found[i] = curvesOf(rows)
			return err
		})
	}
	err = group.Wait()
	return append([]curve{}, slices.Concat(found...)...), err
}

// curvesOf makes curves of rows of a run and pairs of a step and its value,
// which can be there twice or be NULL. The rows of a run follow each other.
func curvesOf(rows [][]any) []curve {
	var curves []curve
	for _, row := range rows {
		run := whole(row[0])
		if len(curves) == 0 || curves[len(curves)-1].Run != run {
			curves = append(curves, curve{Run: run})
		}
		for at := 1; at < len(row); at += 2 {
			if value, finite := row[at+1].(float64); finite {
				curves[len(curves)-1].add(whole(row[at]), digits(value, 6)) // nobody sees more
			}
		}
	}
	return slices.DeleteFunc(curves, func(c curve) bool { return len(c.Steps) == 0 })
}

// add puts a point into its place, which is at the end or close to it.
func (c *curve) add(step int64, value float64) {
	at := len(c.Steps)
	for at > 0 && c.Steps[at-1] > step {
		at--
	}
	if at > 0 && c.Steps[at-1] == step {
		return
	}
	c.Steps, c.Values = slices.Insert(c.Steps, at, step), slices.Insert(c.Values, at, value)
}

// extents asks the index alone.
func (t thinner) extents(ctx context.Context, s *store.Store) ([]extent, error) {
	if len(t.runs) == 0 {
		return nil, nil
	}
	rows, err := query(ctx, s, fmt.Sprintf(`
		WITH ends AS MATERIALIZED (
			SELECT id AS run, (SELECT min(step) FROM metrics m WHERE m.run = id AND m.name = %[1]s) AS first,
				(SELECT max(step) FROM metrics m WHERE m.run = id AND m.name = %[1]s) AS last
			FROM runs WHERE id IN (%[2]s)
		)
		SELECT run, first, last, coalesce((SELECT min(step) FROM metrics m WHERE m.run = ends.run AND name = %[1]s AND step > first) - first, 1)
		FROM ends WHERE first IS NOT NULL ORDER BY run`, quote(t.metric), list(t.runs)))
	var extents []extent
	for _, row := range rows {
		extents = append(extents, extent{whole(row[0]), whole(row[1]), whole(row[2]), whole(row[3])})
	}
	return extents, err
}

// all is the statement of all values.
func (t thinner) all(extents []extent) string {
	var runs []int64
	for _, e := range extents {
		runs = append(runs, e.run)
	}
	return fmt.Sprintf("SELECT run, step, value FROM metrics WHERE run IN (%s) AND name = %s ORDER BY run, step",
		list(runs), quote(t.metric))
}

// stretch is the values of a metric in a stretch of a run.
const stretch = `FROM metrics m WHERE m.run = b.run AND m.name = %s AND value IS NOT NULL
	AND step >= first + span * i / %[2]d AND step < first + span * (i + 1) / %[2]d`

// extremes is the statement of the lowest and the highest value of each
// stretch: a bare column is of the row that min or max found
// (https://sqlite.org/lang_select.html#bareagg).
func (t thinner) extremes(extents []extent) string {
	stretches := max(2, t.points/2)
	in := fmt.Sprintf(stretch, quote(t.metric), stretches)
	return t.picked(extents, stretches, fmt.Sprintf(`
		SELECT run, first AS one, first + span - 1 AS two, 0 AS i FROM b
		UNION ALL
		SELECT run, (SELECT iif(min(value) IS NULL, NULL, step) %[1]s), (SELECT iif(max(value) IS NULL, NULL, step) %[1]s), i FROM b CROSS JOIN k`, in))
}

// sample is the statement of the first value of each stretch.
func (t thinner) sample(extents []extent) string {
	stretches := max(2, t.points)
	in := fmt.Sprintf(stretch, quote(t.metric), stretches)
	return t.picked(extents, stretches, fmt.Sprintf(
		"SELECT run, (SELECT min(step) %s) AS one, iif(i = 0, first + span - 1, NULL) AS two, i FROM b CROSS JOIN k", in))
}

// picked is the statement of the values at the two steps that are chosen of each stretch.
func (t thinner) picked(extents []extent, stretches int, chosen string) string {
	bounds := make([]string, len(extents))
	for i, e := range extents {
		bounds[i] = fmt.Sprintf("(%d, %d, %d)", e.run, e.first, e.last-e.first+1)
	}
	value := "(SELECT value FROM metrics m WHERE m.run = chosen.run AND m.name = " + quote(t.metric) + " AND m.step = %s)"
	return fmt.Sprintf(`
		WITH RECURSIVE k(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM k WHERE i + 1 < %d),
		b(run, first, span) AS (VALUES %s),
		chosen AS MATERIALIZED (%s)
		SELECT run, one, %s, two, %s FROM chosen ORDER BY run, i`,
		stretches, strings.Join(bounds, ", "), chosen, fmt.Sprintf(value, "one"), fmt.Sprintf(value, "two"))
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
