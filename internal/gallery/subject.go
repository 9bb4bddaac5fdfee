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
	table, err := r.choose(ctx, s)
	if err != nil {
		return report.Comparison{}, err
	}
	found, err := report.Compare(ctx, s, store.Filter{Study: r.Subject, Backbone: r.Backbone, Dataset: table.Dataset,
		Protocol: table.Protocol, Metric: table.Metric}, compare.Options{Baseline: baseline, Margin: compare.DefaultMargin})
	if err != nil {
		return report.Comparison{}, err
	}
	if len(found) == 0 { // another process has deleted the runs since
		return report.Comparison{}, r.noScores()
	}
	chosen := found[0]
	chosen.Rows = slices.DeleteFunc(chosen.Rows, func(row report.Row) bool {
		return len(r.Methods) > 0 && !slices.Contains(r.Methods, row.Method) && row.Method != baseline
	})
	return chosen, r.checkMethods(chosen)
}

// choose chooses a data set, an evaluation and a metric, before anything is
// compared: all pairs of many methods by all evaluations take minutes. What it
// returns is the first row of the table.
func (r Request) choose(ctx context.Context, s *store.Store) (first store.Summary, err error) {
	if err := CheckStudy(ctx, s, r.Subject); err != nil {
		return first, err
	}
	rows, err := s.Summaries(ctx, store.Filter{Study: r.Subject, Backbone: r.Backbone})
	if err != nil {
		return first, err
	}
	if len(rows) == 0 {
		return first, r.noScores()
	}
	var all []store.Summary // a row a table
	for _, row := range rows {
		if !slices.ContainsFunc(all, func(of store.Summary) bool {
			return of.Dataset == row.Dataset && of.Protocol == row.Protocol && of.Metric == row.Metric
		}) {
			all = append(all, row)
		}
	}
	if all, err = narrow(all, "metric", firstOf(r.Metric, "top1"), r.Metric == "",
		func(of store.Summary) string { return of.Metric }); err != nil {
		return first, err
	}
	if all, err = narrow(all, "data set", r.Dataset, false,
		func(of store.Summary) string { return of.Dataset }); err != nil {
		return first, err
	}
	return r.protocol(all)
}

func (r Request) noScores() error {
	return fmt.Errorf("study %q has no scores of finished runs%s", r.Subject, onBackbone(r.Backbone))
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

// narrow keeps the tables with that value; an empty one must be the only
// one. With orAny it keeps them all where none has the value.
func narrow(
	all []store.Summary, what, value string, orAny bool, of func(store.Summary) string,
) ([]store.Summary, error) {
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
	return slices.DeleteFunc(all, func(c store.Summary) bool { return of(c) != value }), nil
}

// preferred are the kinds of evaluations that are shown first.
var preferred = []string{"linear", "knn", "zero-shot"}

func kindOf(c report.Comparison) string { return c.Rows[0].Kind }

// protocol returns the table by the evaluation asked for.
func (r Request) protocol(all []store.Summary) (store.Summary, error) {
	wanted := preferred
	if r.Evaluation != "" {
		wanted = []string{r.Evaluation}
	}
	for _, want := range wanted {
		var found []store.Summary
		for _, c := range all {
			if c.Kind == want || c.Protocol == want {
				found = append(found, c)
			}
		}
		if len(found) == 1 || len(found) > 1 && r.Evaluation == "" {
			return found[0], nil
		}
		if len(found) > 1 {
			return store.Summary{}, fmt.Errorf("there are several evaluations %q; name the whole protocol: %s",
				want, protocols(found))
		}
	}
	if r.Evaluation == "" {
		return all[0], nil
	}
	return store.Summary{}, fmt.Errorf("no evaluation %q in study %q; known: %s",
		r.Evaluation, r.Subject, protocols(all))
}

func protocols(all []store.Summary) string {
	var names []string
	for _, c := range all {
		names = append(names, fmt.Sprintf("%s (%q)", c.Kind, c.Protocol))
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
