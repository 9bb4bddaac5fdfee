package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/figure"
)

// Draw draws a figure of runs, by their names or numbers, as SVG.
type Draw func(ctx context.Context, kind string, runs []string, theme string) (svg string, err error)

// ofNetworks are the kinds of figures of runs' networks, and of how many runs each is.
var ofNetworks = map[string][2]int{"embedding": {1, 4}, "neighbors": {2, 2}, "positions": {1, 1}, "attention": {1, 1}}

// drawing answers with figures, one at a time: each takes the processor and
// memory of an evaluation.
func (s *Server) drawing() func(r *http.Request) (any, error) {
	turn := make(chan struct{}, 1)
	return func(r *http.Request) (any, error) {
		kind, theme := r.PathValue("kind"), r.FormValue("theme")
		runs, count := r.Form["run"], ofNetworks[kind]
		switch {
		case s.Draw == nil:
			return nil, failure{http.StatusNotFound, errors.New("figures of networks are not drawn here")}
		case count[1] == 0:
			return nil, failure{http.StatusNotFound,
				fmt.Errorf("no figure %q; known: attention, embedding, neighbors, positions", kind)}
		case len(runs) < count[0] || len(runs) > count[1]:
			return nil, failure{http.StatusBadRequest,
				fmt.Errorf("%s of %d runs: expected %d to %d", kind, len(runs), count[0], count[1])}
		case !slices.Contains(figure.Themes, theme):
			return nil, failure{http.StatusBadRequest,
				fmt.Errorf("theme %q: expected %s", theme, strings.Join(figure.Themes, " or "))}
		}
		for _, run := range runs {
			if _, err := s.Store.FindRun(r.Context(), run); err != nil {
				return nil, err
			}
		}
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
		svg, err := s.Draw(r.Context(), kind, runs, theme)
		if err != nil {
			return nil, failure{http.StatusUnprocessableEntity, err}
		}
		return map[string]string{"svg": svg}, nil
	}
}
