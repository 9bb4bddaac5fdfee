package web

import (
	"net/http"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// described is what there is to know of a method, a backbone or a data set.
type described struct {
	Name       string         `json:"name"`
	Doc        string         `json:"doc"`
	Paper      string         `json:"paper,omitempty"`
	Hooks      [][2]string    `json:"hooks,omitempty"`
	Parameters []config.Field `json:"parameters"`
}

// catalog is what can be compared, with its documentation.
func (s *Server) catalog(*http.Request) (any, error) {
	var methods, backbones, datasets []described
	for _, f := range s.Catalog.Methods.All() {
		hooks := [][2]string{{"positives", f.Hooks.Positives}, {"negatives", f.Hooks.Negatives}, {"loss", f.Hooks.Loss},
			{"update", f.Hooks.Update}, {"views", "recipe " + f.Recipe}}
		methods = append(methods, described{f.Name, f.Title, f.Paper, hooks, config.Describe(f.Defaults())})
	}
	for _, f := range s.Catalog.Backbones.All() {
		backbones = append(backbones, described{f.Name, f.Doc, "", nil, config.Describe(f.Defaults())})
	}
	for _, f := range s.Catalog.Datasets.All() {
		datasets = append(datasets, described{f.Name, f.Doc, "", nil, config.Describe(f.Defaults())})
	}
	return map[string]any{
		"methods": methods, "backbones": backbones, "datasets": datasets, "family": familyOf(s.Catalog.Methods.All()),
	}, nil
}
