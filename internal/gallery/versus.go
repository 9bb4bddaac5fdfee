package gallery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// way is a method measured by a kind of evaluation, such as clip zero-shot.
type way struct{ method, kind string }

func (w way) String() string { return w.method + " " + w.kind }

// place is where a way was measured: a data set, by a protocol of the way's kind, with a seed.
type place struct {
	dataset string
	seed    int64
}

// versus draws the difference of two ways on each data set that both were
// measured on, as zero-shot CLIP against linear probes of other features
// (Radford et al. 2021, arXiv:2103.00020, figure 5).
func versus(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	if err := CheckStudy(ctx, s, r.Subject); err != nil {
		return nil, err
	}
	if len(r.Versus) != 2 {
		return nil, fmt.Errorf("--versus %s: expected two, such as 'clip zero-shot,simclr linear'",
			strings.Join(r.Versus, ","))
	}
	scores, err := r.measured(ctx, s)
	if err != nil {
		return nil, err
	}
	var ways [2]way
	for i, text := range r.Versus {
		method, kind, _ := strings.Cut(strings.TrimSpace(text), " ")
		ways[i] = way{method, strings.TrimSpace(kind)}
		if scores[ways[i]] == nil {
			var known []string
			for one := range scores {
				known = append(known, one.String())
			}
			slices.Sort(known)
			return nil, fmt.Errorf("study %q measured no %q; measured: %s", r.Subject, ways[i], strings.Join(known, ", "))
		}
	}
	bars := figure.Bars{
		Title: fmt.Sprintf("%s: %s against %s", r.Subject, ways[0], ways[1]),
		Axis:  fmt.Sprintf("difference in %s (%%); above 0 %s is better", firstOf(r.Metric, "top1"), ways[0]),
	}
	if bars.Bars, err = differences(scores[ways[0]], scores[ways[1]]); err != nil {
		return nil, err
	}
	if len(bars.Bars) == 0 {
		return nil, fmt.Errorf("study %q measured %q and %q on no data set with the same seed", r.Subject, ways[0], ways[1])
	}
	f, err := figure.Differences(bars, r.Options)
	if err != nil {
		return nil, err
	}
	return f.Describe("mean difference over the seeds that both have, with its 95 % interval (Student's t, paired by " +
		"seed) where there are several; a method's settings and a kind's protocols are averaged"), nil
}

// differences pairs the scores of two ways by seed, on each data set.
func differences(a, b map[place]float64) ([]figure.Bar, error) {
	values := map[string][]float64{}
	for at, value := range a {
		if other, both := b[at]; both {
			values[at.dataset] = append(values[at.dataset], 100*(value-other))
		}
	}
	var bars []figure.Bar
	for _, dataset := range slices.Sorted(maps.Keys(values)) {
		slices.Sort(values[dataset]) // the order of a map's is none
		summary, err := stats.Summarize(values[dataset], 0.95)
		if err != nil {
			return nil, err
		}
		bars = append(bars, figure.Bar{Label: dataset, Value: summary.Mean, HalfWidth: summary.HalfWidth})
	}
	return bars, nil
}

// measured reads the scores of a study by way, on the data set trained on and
// on others: the means over settings and over protocols of a kind.
func (r Request) measured(ctx context.Context, s *store.Store) (map[way]map[place]float64, error) {
	rows, err := store.Query(ctx, s.Path(), `
		SELECT s.study, s.metric, s.backbone, s.method, s.kind, coalesce(p.dataset, s.dataset), s.seed, s.value
		FROM (SELECT * FROM run_scores ORDER BY protocol, config_hash) s JOIN protocols p ON p.label = s.protocol
		UNION ALL
		SELECT study, metric, backbone, model, kind, dataset, 0, value FROM transfer_table WHERE value IS NOT NULL`,
		store.Limits{Rows: 1_000_000})
	if err != nil {
		return nil, err
	}
	scores, counts, backbones := map[way]map[place]float64{}, map[way]map[place]int{}, map[way]string{}
	for _, row := range rows.Values {
		study, _ := row[0].(string)
		metric, _ := row[1].(string)
		backbone, _ := row[2].(string)
		if study != r.Subject || metric != firstOf(r.Metric, "top1") || r.Backbone != "" && backbone != r.Backbone {
			continue
		}
		method, _ := row[3].(string)
		kind, _ := row[4].(string)
		dataset, _ := row[5].(string)
		seed, _ := row[6].(int64)
		value, _ := row[7].(float64)
		one := way{method, kind}
		if scores[one] == nil {
			scores[one], backbones[one] = map[place]float64{}, backbone
		}
		if known := backbones[one]; known != backbone && slices.Contains(r.Versus, one.String()) {
			return nil, fmt.Errorf("%s was measured on the backbones %s and %s; choose one with --backbone",
				one, known, backbone)
		}
		at := place{dataset, seed}
		n := float64(counts[one][at])
		if n == 0 && counts[one] == nil {
			counts[one] = map[place]int{}
		}
		scores[one][at] = (n*scores[one][at] + value) / (n + 1)
		counts[one][at]++
	}
	return scores, nil
}
