package gallery

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// waterfall shows what each factor of an ablation makes of the difference.
func waterfall(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	a, err := r.attribution(ctx, s)
	if err != nil {
		return nil, err
	}
	scale, unit := 1.0, ""
	if a.Unit == "fraction" {
		scale, unit = 100, " (%)"
	}
	w := figure.Waterfall{
		Title: fmt.Sprintf("%s: what makes the difference, by %s %s", a.Study, a.Kind, a.Metric),
		Axis:  a.Metric + unit + ", with 95 % intervals over seeds",
		First: a.First, Second: a.Second, From: scale * a.FirstMean, To: scale * a.SecondMean,
	}
	for _, share := range a.Factors {
		w.Steps = append(w.Steps, figure.WaterfallStep{
			Label: share.Name, Detail: share.First + " → " + share.Second,
			Value: scale * share.Estimate.Mean, HalfWidth: scale * share.HalfWidth(), Hollow: !share.Decided(),
		})
	}
	f, err := figure.Falls(w, r.Options)
	if err != nil {
		return nil, err
	}
	orders := fmt.Sprintf("all %.0f orders", a.Orders)
	if a.Sampled {
		orders = fmt.Sprintf("%.0f of %.0f orders", a.Orders, a.AllOrders)
	}
	return f.Describe(fmt.Sprintf("what changing each factor from its level in %s to that in %s adds, averaged over %s "+
		"of the factors (Shapley's value), %d seeds; "+
		"filled: told from nothing at the 5 %% level after Holm's correction", a.First, a.Second, orders, len(a.Seeds))), nil
}

// attribution returns the one attribution that the request selects.
func (r Request) attribution(ctx context.Context, s *store.Store) (compare.Attribution, error) {
	var none compare.Attribution
	if err := CheckStudy(ctx, s, r.Subject); err != nil {
		return none, err
	}
	if _, found, err := s.Ablation(ctx, r.Subject); err != nil || !found {
		if err == nil {
			err = fmt.Errorf("study %q is no ablation; make one with kontrast ablate A B", r.Subject)
		}
		return none, err
	}
	all, err := compare.Attributions(ctx, s, store.Filter{Study: r.Subject, Metric: r.Metric})
	if err != nil {
		return none, err
	}
	all = report.HeadlineAttributions(all, r.Metric)
	if len(all) == 0 {
		return none, fmt.Errorf("study %q has no order of its factors with finished runs of one seed yet", r.Subject)
	}
	wanted := preferred
	if r.Evaluation != "" {
		wanted = []string{r.Evaluation}
	}
	for _, want := range wanted {
		at := slices.IndexFunc(all, func(a compare.Attribution) bool { return a.Kind == want || a.Protocol == want })
		if at >= 0 {
			return all[at], nil
		}
	}
	if r.Evaluation == "" {
		return all[0], nil
	}
	var known []string
	for _, a := range all {
		known = append(known, fmt.Sprintf("%s (%q)", a.Kind, a.Protocol))
	}
	return none, fmt.Errorf("no evaluation %q in study %q; known: %s", r.Evaluation, r.Subject, strings.Join(known, ", "))
}
