package gallery

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

const (
	profileThresholds = 120  // of a profile
	profileResamples  = 1000 // of its band
)

// profile shows how large a share of each method's runs scores above a
// threshold, averaged over the backbones and data sets of a study.
func profile(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	c, err := r.everywhere(ctx, s)
	if err != nil {
		return nil, err
	}
	scores, err := s.Scores(
		ctx, store.Filter{Study: c.Study, Dataset: r.Dataset, Backbone: r.Backbone, Protocol: c.Protocol, Metric: c.Metric},
	)
	if err != nil {
		return nil, err
	}
	low, high := math.Inf(1), math.Inf(-1)
	// by method with what tells its settings apart; then by backbone and data set
	blocks, methods := map[string]map[string][]float64{}, map[string]string{}
	for _, score := range scores {
		if len(r.Methods) > 0 && !slices.Contains(r.Methods, score.Method) {
			continue
		}
		value := scale(c, score.Value)
		low, high = min(low, value), max(high, value)
		name := score.Method
		if at := slices.IndexFunc(c.Rows, func(row report.Row) bool {
			return row.ConfigHash == score.ConfigHash && row.Method == name
		}); at >= 0 {
			name = strings.TrimSpace(name + " " + c.Rows[at].Setting)
		}
		if blocks[name] == nil {
			blocks[name], methods[name] = map[string][]float64{}, score.Method
		}
		block := score.Backbone + " on " + score.Dataset
		blocks[name][block] = append(blocks[name][block], value)
	}
	if len(blocks) == 0 {
		return nil, fmt.Errorf("study %q has no such scores", c.Study)
	}
	margin := max((high-low)/20, 1e-9)
	thresholds := make([]float64, profileThresholds)
	for i := range thresholds {
		thresholds[i] = low - margin + (high-low+2*margin)*float64(i)/(profileThresholds-1)
	}
	var profiles []figure.Profile
	for _, name := range slices.Sorted(maps.Keys(blocks)) {
		var runs [][]float64
		for _, block := range slices.Sorted(maps.Keys(blocks[name])) {
			runs = append(runs, blocks[name][block])
		}
		one, err := profileOf(runs, thresholds)
		if err != nil {
			return nil, err
		}
		one.Method, one.Label = methods[name], name
		profiles = append(profiles, one)
	}
	options := r.Options
	options.Title = firstOf(
		options.Title, fmt.Sprintf("%s: share of runs above a %s by %s evaluation", c.Study, c.Metric, kindOf(c)),
	)
	f, err := figure.Profiles(thresholds, profiles, axis(c), options)
	if err != nil {
		return nil, err
	}
	return f.Describe(
		fmt.Sprintf("share of each method's runs whose %s is above a threshold, averaged over backbones and data sets, "+
			"with the 95 %% interval of a stratified bootstrap", c.Metric),
	), nil
}

// profileOf is the profile of a method's scores, by block.
func profileOf(blocks [][]float64, thresholds []float64) (p figure.Profile, err error) {
	if p.Share, err = stats.PerformanceProfile(blocks, thresholds); err != nil {
		return p, err
	}
	for _, block := range blocks {
		p.Runs += len(block)
	}
	for _, threshold := range thresholds {
		share := func(values []float64) float64 { // which come block by block
			sum, at := 0.0, 0
			for _, block := range blocks {
				above := 0
				for _, v := range values[at : at+len(block)] {
					if v > threshold {
						above++
					}
				}
				at += len(block)
				sum += float64(above) / float64(len(block)) / float64(len(blocks))
			}
			return sum
		}
		low, high, err := stats.StratifiedBootstrap(blocks, share, 0.95, profileResamples, 0)
		if err != nil {
			return p, err
		}
		p.Lower, p.Upper = append(p.Lower, low), append(p.Upper, high)
	}
	return p, nil
}

// everywhere returns a comparison by the evaluation that the request selects, of
// any of the study's data sets.
func (r Request) everywhere(ctx context.Context, s *store.Store) (report.Comparison, error) {
	if r.Dataset != "" {
		return r.comparison(ctx, s, baseline.Untrained)
	}
	if err := CheckStudy(ctx, s, r.Subject); err != nil {
		return report.Comparison{}, err
	}
	scores, err := s.Scores(ctx, store.Filter{Study: r.Subject})
	if err != nil {
		return report.Comparison{}, err
	}
	if len(scores) > 0 {
		r.Dataset = scores[0].Dataset
	}
	return r.comparison(ctx, s, baseline.Untrained)
}
