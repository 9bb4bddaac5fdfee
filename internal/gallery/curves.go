package gallery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/store"
)

func curves(ctx context.Context, s *store.Store, r Request) (*figure.Figure, error) {
	runs, err := r.runs(ctx, s)
	if err != nil {
		return nil, err
	}
	metric := firstOf(r.Metric, "loss")
	found, err := s.Curves(ctx, metric, store.Filter{Study: runs[0].Study})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(c store.Curve) bool {
		return !slices.ContainsFunc(runs, func(run store.Run) bool { return run.ID == c.Run })
	})
	if len(found) == 0 {
		if found, err = repeated(ctx, s, runs, metric, r.Evaluation); err != nil {
			return nil, err
		}
	}
	options := r.Options
	options.Title = firstOf(options.Title, r.Subject+": "+metric+" during training")
	f, err := figure.Curves(found, options)
	if err != nil {
		return nil, err
	}
	return f.Describe(metric + " by training step: a line is the mean of the runs of a method, its band goes from the " +
		"lowest to the highest of them"), nil
}

// repeated returns the curves of a metric of evaluations that were made several
// times during the runs.
func repeated(ctx context.Context, s *store.Store, runs []store.Run, metric, evaluation string) ([]store.Curve, error) {
	var found []store.Curve
	var known []string
	for _, run := range runs {
		evaluations, err := s.Evaluations(ctx, run.ID)
		if err != nil {
			return nil, err
		}
		curve := store.Curve{
			Run: run.ID, Name: run.Name, Method: run.Method, Backbone: run.Backbone, Seed: run.Seed, Metric: metric,
		}
		for _, want := range preferred {
			if evaluation != "" {
				want = evaluation
			}
			for _, e := range evaluations {
				if !slices.Contains(known, e.Metric) {
					known = append(known, e.Metric)
				}
				if e.Metric == metric && (e.Kind == want || e.Protocol == want) {
					curve.Steps, curve.Values = append(curve.Steps, e.Step), append(curve.Values, e.Value)
				}
			}
			if len(curve.Steps) > 0 {
				break
			}
		}
		if len(curve.Steps) > 1 {
			found = append(found, curve)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no curve of the metric %q; training logs %s, and evaluations (%s) have a curve where "+
			"eval.every_epochs repeats them",
			metric, strings.Join(logged, ", "), strings.Join(known, ", "))
	}
	return found, nil
}

// logged are the metrics that every training logs.
var logged = []string{"loss", "learning_rate", "gradient_norm", "embedding_std", "alignment",
	"online_top1 (with eval.online_probe)"}

// runs returns the runs that the subject names: those of a study, or one, that
// the other conditions select.
func (r Request) runs(ctx context.Context, s *store.Store) ([]store.Run, error) {
	notStudy := CheckStudy(ctx, s, r.Subject)
	if notStudy != nil {
		run, err := s.FindRun(ctx, r.Subject)
		switch {
		case err == nil:
			return []store.Run{run}, nil
		case errors.Is(err, store.ErrNotFound) && errors.Is(notStudy, store.ErrNotFound):
			return nil, fmt.Errorf("no study and no run: %w", notStudy)
		}
		return nil, err
	}
	return r.runsWith(ctx, s, false)
}

// runsWith returns the runs of the study that the other conditions select, the
// newest first, with those of untrained backbones or without.
func (r Request) runsWith(ctx context.Context, s *store.Store, untrained bool) ([]store.Run, error) {
	runs, err := s.Runs(ctx, store.Filter{Study: r.Subject, Backbone: r.Backbone, Dataset: r.Dataset})
	runs = slices.DeleteFunc(runs, func(run store.Run) bool {
		return baseline.Is(run.Method) && !untrained || len(r.Methods) > 0 && !slices.Contains(r.Methods, run.Method)
	})
	if err == nil && len(runs) == 0 {
		err = fmt.Errorf("study %q has no such runs", r.Subject)
	}
	return runs, err
}
