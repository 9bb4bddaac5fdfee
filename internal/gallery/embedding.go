package gallery

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/plane"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Mapping says how features are laid out in two dimensions.
type Mapping struct {
	Method     string  // one of Mappings
	Samples    int     // test images, evenly spaced
	Perplexity float64 // of t-SNE; 0 for its usual one
}

// Mappings are the ways to lay out.
var Mappings = []string{"tsne", "pca"}

// Check says what is out of its range.
func (m Mapping) Check() error {
	if m.Method != "pca" && m.Method != "tsne" {
		return fmt.Errorf("unknown map %q; known maps: %s", m.Method, strings.Join(Mappings, ", "))
	}
	if m.Samples < 4 || m.Samples > plane.MostTSNE {
		return fmt.Errorf("%d samples: expected 4 to %d", m.Samples, plane.MostTSNE)
	}
	return nil
}

// Map is where the features of test samples lie.
type Map struct {
	Samples []int // indices in the test split
	Labels  []int // classes; -1 for none
	Points  plane.Points
	Note    string // how the map was made, and how much it tells
}

// Of maps the features of a run.
func (m Mapping) Of(ctx context.Context, look *experiment.Look) (*Map, error) {
	images, err := look.Embed(ctx, look.Spread(m.Samples))
	if err != nil {
		return nil, err
	}
	return m.of(ctx, images.Features, images.Indices, images.Labels)
}

func (m Mapping) of(ctx context.Context, x eval.Features, samples, labels []int) (*Map, error) {
	made := &Map{Samples: samples, Labels: labels}
	var err error
	if m.Method == "pca" {
		var share float64
		made.Points, share, err = plane.PCA(matrix64(x))
		made.Note = fmt.Sprintf("the two directions of the largest variance (PCA), with %.0f %% of it", 100*share)
		return made, err
	}
	var divergence float64
	made.Points, divergence, err = plane.TSNE{Perplexity: m.Perplexity}.Map(ctx, matrix64(x.Normalized()))
	made.Note = fmt.Sprintf("t-SNE of the normalized features, divergence %.2f", divergence)
	return made, err
}

func matrix64(x eval.Features) *mat.Dense {
	out := mat.NewDense(x.Len(), x.Dim, nil)
	for i, v := range x.Data {
		out.Set(i/x.Dim, i%x.Dim, float64(v))
	}
	return out
}

// Embedding draws maps of the test features of runs, colored by class or by a
// factor of variation. Runs whose network can't be opened are told to skip, and
// left out if there are others; with a nil skip they are an error.
func Embedding(
	ctx context.Context, open Opener, runs []store.Run, m Mapping, by string, skip func(store.Run, error),
	o figure.Options,
) (*figure.Figure, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	s := figure.Scatter{}
	var notes []string
	for i, run := range runs {
		look, err := open(ctx, run.ID)
		if err != nil && (skip == nil || ctx.Err() != nil || i == len(runs)-1 && len(s.Panels) == 0) {
			return nil, err
		}
		if err != nil {
			skip(run, err)
			continue
		}
		panel, note, err := m.panel(ctx, look, by, &s, len(s.Panels) == 0)
		look.Close()
		if err != nil {
			return nil, fmt.Errorf("run %s: %w", run.Name, err)
		}
		panel.Title = runTitle(run)
		s.Panels, notes = append(s.Panels, panel), append(notes, run.Name+": "+note)
	}
	s.Title = fmt.Sprintf("Features of %d test images, by %s", len(s.Panels[0].Points), by)
	f, err := figure.Scatters(s, o)
	if err != nil {
		return nil, err
	}
	return f.Describe(strings.Join(notes, "; ")), nil
}

func (m Mapping) panel(
	ctx context.Context, look *experiment.Look, by string, s *figure.Scatter, first bool,
) (figure.ScatterPanel, string, error) {
	panel := figure.ScatterPanel{}
	info, value, err := coloring(look, by)
	if err != nil {
		return panel, "", err
	}
	made, err := m.Of(ctx, look)
	if err != nil {
		return panel, "", err
	}
	panel.Points = made.Points
	low, high := math.Inf(1), math.Inf(-1)
	for _, sample := range made.Samples {
		v := value(sample)
		panel.Values = append(panel.Values, v)
		if !math.IsNaN(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if first {
		s.Names, s.Scale = info.Values, figure.Scale{
			Low: low, High: high, Label: strings.TrimSpace(info.Name + ", " + info.Unit),
		}
	} else if s.Names == nil {
		s.Scale.Low, s.Scale.High = min(s.Scale.Low, low), max(s.Scale.High, high)
	}
	return panel, made.Note, nil
}

// byClass colors by the label.
const byClass = "class"

// coloring is what points are colored by: the class or a factor.
func coloring(look *experiment.Look, by string) (data.FactorInfo, func(sample int) float64, error) {
	info, of, known, found := look.Factor(by)
	switch {
	case found:
		return info, of, nil
	case by == byClass:
		names := look.Classes()
		if names == nil {
			names = []string{}
		}
		return data.FactorInfo{Name: by, Values: names}, func(sample int) float64 { return float64(look.Label(sample)) }, nil
	}
	known = append([]string{byClass}, known...)
	message := fmt.Sprintf("nothing is known of the %q of the images;", by)
	if nearest, ok := config.Nearest(by, known); ok {
		message += fmt.Sprintf(" did you mean %q?", nearest)
	}
	return info, nil, fmt.Errorf("%s known: %s", message, strings.Join(known, ", "))
}
