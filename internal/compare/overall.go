package compare

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/stats"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Overall compares methods over several backbones and data sets, the blocks.
type Overall struct {
	Study, Protocol, Kind, Metric string
	Unit                          string
	LowerIsBetter                 bool
	Blocks                        []string        // "backbone on data set"
	Methods                       []OverallMethod // the best mean rank first; only those that all blocks have
	FriedmanP                     float64
	Matrix                        []OverallPair // every pair, the better mean rank first
}

// OverallMethod is one method over the blocks.
type OverallMethod struct {
	Method            string
	MeanRank          float64
	IQM, Lower, Upper float64 // interquartile mean of its runs, with the 95 % interval of a stratified bootstrap
	scores            [][]float64
	means             []float64 // by block
}

// OverallPair is a cell of the multiple-comparison matrix (Ismail-Fawaz et al.,
// "An Approach to Multiple Comparison Benchmark Evaluations that is Stable
// Under Manipulation of the Comparate Set", 2023, arXiv:2305.11921), with what
// else compares two methods over blocks.
type OverallPair struct {
	First, Second   string
	Mean            float64 // difference of the block means, averaged
	Won, Tied, Lost int     // blocks, by their means
	P, Holm         float64 // Wilcoxon's signed-rank test over the blocks
	Improves        float64 // probability that a run of the first beats a run of the second
	stats.Posterior         // within the margin, on a further block
}

// Decided reports whether the two are told apart at the 5 % level after Holm's correction.
func (p OverallPair) Decided() bool { return p.Holm <= level }

const (
	iqmResamples   = 2000
	posteriorDraws = 20000
)

// Overalls compares the methods of every protocol and metric that the filter
// selects over their backbones and data sets, where there are two or more. A
// method with several settings on a block is left out: it is not one method.
func Overalls(ctx context.Context, s *store.Store, f store.Filter, o Options) ([]Overall, error) {
	scores, err := s.Scores(ctx, f)
	if err != nil {
		return nil, err
	}
	summaries, err := s.Summaries(ctx, f)
	if err != nil {
		return nil, err
	}
	type key struct{ study, protocol, metric string }
	groups, order := map[key]*Overall{}, []key(nil)
	for _, sum := range summaries {
		at := key{sum.Study, sum.Protocol, sum.Metric}
		if groups[at] == nil {
			groups[at] = &Overall{Study: sum.Study, Protocol: sum.Protocol, Kind: sum.Kind, Metric: sum.Metric, Unit: sum.Unit,
				LowerIsBetter: sum.LowerIsBetter}
			order = append(order, at)
		}
	}
	var all []Overall
	for _, at := range order {
		runs, settings := map[string]map[string][]float64{}, map[[2]string]map[string]bool{} // by method and block
		blocks := map[string]bool{}
		for _, score := range scores {
			if (key{score.Study, score.Protocol, score.Metric}) != at || score.Method == o.Baseline ||
				baseline.Is(score.Method) {
				continue
			}
			block := score.Backbone + " on " + score.Dataset
			if runs[score.Method] == nil {
				runs[score.Method] = map[string][]float64{}
			}
			if settings[[2]string{score.Method, block}] == nil {
				settings[[2]string{score.Method, block}] = map[string]bool{}
			}
			blocks[block] = true
			settings[[2]string{score.Method, block}][score.ConfigHash] = true
			runs[score.Method][block] = append(runs[score.Method][block], score.Value)
		}
		overall := groups[at]
		overall.Blocks = slices.Sorted(maps.Keys(blocks))
		for _, method := range slices.Sorted(maps.Keys(runs)) {
			if m, whole := overall.gather(method, runs[method], settings); whole {
				overall.Methods = append(overall.Methods, m)
			}
		}
		if len(overall.Blocks) < 2 || len(overall.Methods) < 2 {
			continue
		}
		if err := overall.compute(o); err != nil {
			return nil, err
		}
		all = append(all, *overall)
	}
	return all, nil
}

// gather collects a method's runs by block; not whole if one has none, or of
// several settings.
func (o *Overall) gather(
	method string, runs map[string][]float64, settings map[[2]string]map[string]bool,
) (m OverallMethod, whole bool) {
	m.Method = method
	for _, block := range o.Blocks {
		if len(settings[[2]string{method, block}]) != 1 {
			return m, false
		}
		mean := 0.0
		for _, score := range runs[block] {
			mean += score / float64(len(runs[block]))
		}
		m.scores, m.means = append(m.scores, runs[block]), append(m.means, mean)
	}
	return m, true
}

func (o *Overall) compute(options Options) error {
	sign := 1.0
	if o.LowerIsBetter {
		sign = -1
	}
	table := make([][]float64, len(o.Blocks)) // the higher the better
	for b := range table {
		for _, m := range o.Methods {
			table[b] = append(table[b], sign*m.means[b])
		}
	}
	ranking, err := stats.Friedman(table)
	if err != nil {
		return err
	}
	o.FriedmanP = ranking.P
	for i := range o.Methods {
		m := &o.Methods[i]
		m.MeanRank, m.IQM = ranking.Mean[i], stats.IQM(slices.Concat(m.scores...))
		if m.Lower, m.Upper, err = stats.StratifiedBootstrap(m.scores, stats.IQM, confidence, iqmResamples, 0); err != nil {
			return err
		}
	}
	slices.SortStableFunc(o.Methods, func(a, b OverallMethod) int { return cmp.Compare(a.MeanRank, b.MeanRank) })
	margin := 0.0
	if o.Unit == "fraction" {
		margin = options.Margin
	}
	var p []float64
	for j, second := range o.Methods {
		for _, first := range o.Methods[:j] {
			pair, err := overallPair(first, second, sign, margin)
			if err != nil {
				return err
			}
			o.Matrix, p = append(o.Matrix, pair), append(p, pair.P)
		}
	}
	for i, adjusted := range stats.Holm(p) {
		o.Matrix[i].Holm = adjusted
	}
	return nil
}

func overallPair(first, second OverallMethod, sign, margin float64) (pair OverallPair, err error) {
	pair.First, pair.Second = first.Method, second.Method
	differences := make([]float64, len(first.means))
	for b := range differences {
		differences[b] = sign * (first.means[b] - second.means[b])
		pair.Mean += sign * differences[b] / float64(len(differences))
		switch {
		case differences[b] > 0:
			pair.Won++
		case differences[b] < 0:
			pair.Lost++
		default:
			pair.Tied++
		}
	}
	if pair.P, err = stats.Wilcoxon(differences); err != nil {
		return pair, err
	}
	if pair.Improves, err = stats.ImprovementProbability(first.scores, second.scores); err != nil {
		return pair, err
	}
	if sign < 0 {
		pair.Improves = 1 - pair.Improves
	}
	pair.Posterior, err = stats.BayesianSignedRank(differences, margin, posteriorDraws, 0)
	return pair, err
}
