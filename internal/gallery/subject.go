package gallery

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/compare"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// CheckStudy returns an error that is store.ErrNotFound, and suggests the
// nearest name, if there is no such study.
func CheckStudy(ctx context.Context, s *store.Store, study string) error {
	known, err := s.Studies(ctx)
	if err != nil || slices.Contains(known, study) {
		return err
	}
	hint := "known studies: " + strings.Join(known, ", ")
	if len(known) == 0 {
		hint = "there are none yet; make one with kontrast compare"
	} else if nearest, ok := config.Nearest(study, known); ok {
		hint = fmt.Sprintf("did you mean %q? %s", nearest, hint)
	}
	return fmt.Errorf("study %q: %w in %s; %s", study, store.ErrNotFound, s.Path(), hint)
}

// comparison returns the one comparison that the request selects.
func (r Request) comparison(ctx context.Context, s *store.Store, baseline string) (report.Comparison, error) {
	if err := CheckStudy(ctx, s, r.Subject); err != nil {
		return report.Comparison{}, err
	}
	all, err := report.Compare(ctx, s, store.Filter{Study: r.Subject, Backbone: r.Backbone},
		compare.Options{Baseline: baseline, Margin: compare.DefaultMargin})
	if err != nil {
		return report.Comparison{}, err
	}
	if len(all) == 0 {
		return report.Comparison{}, fmt.Errorf("study %q has no scores of finished runs%s", r.Subject, onBackbone(r.Backbone))
	}
	if all, err = narrow(all, "metric", firstOf(r.Metric, "top1"), r.Metric == "",
		func(c report.Comparison) string { return c.Metric }); err != nil {
		return report.Comparison{}, err
	}
	if all, err = narrow(all, "data set", r.Dataset, false, func(c report.Comparison) string {
		return c.Dataset
	}); err != nil {
		return report.Comparison{}, err
	}
	chosen, err := r.protocol(all)
	if err != nil {
		return chosen, err
	}
	chosen.Rows = slices.DeleteFunc(chosen.Rows, func(row report.Row) bool {
		return len(r.Methods) > 0 && !slices.Contains(r.Methods, row.Method) && row.Method != baseline
	})
	return chosen, r.checkMethods(chosen)
}

func (r Request) checkMethods(c report.Comparison) error {
	for _, method := range r.Methods {
		if !slices.ContainsFunc(c.Rows, func(row report.Row) bool { return row.Method == method }) {
			return fmt.Errorf("method %q has no score in study %q", method, r.Subject)
		}
	}
	return nil
}

func onBackbone(name string) string {
	if name == "" {
		return ""
	}
	return " on the backbone " + name
}

// narrow keeps the comparisons with that value; an empty one must be the only
// one. With orAny it keeps them all where none has the value.
func narrow(
	all []report.Comparison, what, value string, orAny bool, of func(report.Comparison) string,
) ([]report.Comparison, error) {
	var known []string
	for _, c := range all {
		if !slices.Contains(known, of(c)) {
			known = append(known, of(c))
		}
	}
	switch {
	case value == "" && len(known) == 1, orAny && !slices.Contains(known, value):
		return all, nil
	case value == "":
		return nil, fmt.Errorf("there are scores of several %ss; choose one of: %s", what, strings.Join(known, ", "))
	case !slices.Contains(known, value):
		return nil, fmt.Errorf("no scores of the %s %q; known: %s", what, value, strings.Join(known, ", "))
	}
	return slices.DeleteFunc(all, func(c report.Comparison) bool { return of(c) != value }), nil
}

// preferred are the kinds of evaluations that are shown first.
var preferred = []string{"linear", "knn", "zero-shot"}

func kindOf(c report.Comparison) string { return c.Rows[0].Kind }

// protocol returns the comparison by the evaluation asked for.
func (r Request) protocol(all []report.Comparison) (report.Comparison, error) {
	wanted := preferred
	if r.Evaluation != "" {
		wanted = []string{r.Evaluation}
	}
	for _, want := range wanted {
		var found []report.Comparison
		for _, c := range all {
			if kindOf(c) == want || c.Protocol == want {
				found = append(found, c)
			}
		}
		if len(found) == 1 || len(found) > 1 && r.Evaluation == "" {
			return found[0], nil
		}
		if len(found) > 1 {
			return report.Comparison{}, fmt.Errorf("there are several evaluations %q; name the whole protocol: %s",
				want, protocols(found))
		}
	}
	if r.Evaluation == "" {
		return all[0], nil
	}
	return report.Comparison{}, fmt.Errorf("no evaluation %q in study %q; known: %s",
		r.Evaluation, r.Subject, protocols(all))
}

func protocols(all []report.Comparison) string {
	var names []string
	for _, c := range all {
		names = append(names, fmt.Sprintf("%s (%q)", kindOf(c), c.Protocol))
	}
	return strings.Join(names, ", ")
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
