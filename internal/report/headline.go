package report

import (
	"context"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// first are the metrics that a protocol is known by, the most telling first.
var first = []string{"top1", "recall@1"}

// Headlines are the metrics that a table of a study shows: of each protocol the
// one that it is known by, accuracy where there are classes and recall where
// there are captions. Where no protocol has either, as on images without
// labels, they are all there are, such as RankMe.
func Headlines(ctx context.Context, s *store.Store, study string) ([]string, error) {
	scores, err := s.Scores(ctx, store.Filter{Study: study})
	if err != nil {
		return nil, err
	}
	metrics := map[string][]string{} // by protocol
	var all []string
	for _, score := range scores {
		if !slices.Contains(metrics[score.Protocol], score.Metric) {
			metrics[score.Protocol] = append(metrics[score.Protocol], score.Metric)
		}
		if !slices.Contains(all, score.Metric) {
			all = append(all, score.Metric)
		}
	}
	var chosen []string
	for _, metric := range first {
		for _, of := range metrics {
			known := slices.IndexFunc(first, func(m string) bool { return slices.Contains(of, m) })
			if known >= 0 && first[known] == metric && !slices.Contains(chosen, metric) {
				chosen = append(chosen, metric)
			}
		}
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	slices.Sort(all)
	return all, nil
}
