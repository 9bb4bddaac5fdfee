package report

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// nameSettings says of rows of the same method on the same backbone in what
// hyperparameters they differ.
func (c Comparison) nameSettings(ctx context.Context, s *store.Store, runs map[setting]int64) error {
	for i := range c.Rows {
		row := &c.Rows[i]
		own, err := params(ctx, s, runs[settingOf(row.Summary)])
		if err != nil {
			return err
		}
		differ := map[string]bool{}
		for _, other := range c.Rows {
			if other.Backbone != row.Backbone || other.Method != row.Method || other.ConfigHash == row.ConfigHash {
				continue
			}
			theirs, err := params(ctx, s, runs[settingOf(other.Summary)])
			if err != nil {
				return err
			}
			for key, value := range own {
				if theirs[key] != value {
					differ[key] = true
				}
			}
		}
		row.Setting = nameSetting(own, differ)
	}
	return nil
}

// nameSetting lists the values of some keys; a hyperparameter of the method
// goes by its own name.
func nameSetting(params map[string]any, keys map[string]bool) string {
	var parts []string
	for key := range keys {
		parts = append(parts, fmt.Sprintf("%s=%s", strings.TrimPrefix(key, "method."), exact(params[key])))
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

// Indifferent says that a value of a configuration tells no setting from another.
func Indifferent(key string) bool {
	return slices.Contains(indifferent, key) || strings.HasPrefix(key, "train.checkpoint.")
}

var indifferent = []string{"seed", "study", "train.workers"}

func params(ctx context.Context, s *store.Store, run int64) (map[string]any, error) {
	list, err := s.Params(ctx, run)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	for _, p := range list {
		if !Indifferent(p.Key) {
			values[p.Key] = p.Value
		}
	}
	known, err := s.Data(ctx, run)
	for key, content := range known.Contents { // the same may lie elsewhere
		if _, given := values[key]; given {
			values[key] = fmt.Sprintf("%.8s", content)
		}
	}
	if path, _ := values["dataset.path"].(string); err != nil || path == "" || len(known.Splits) == 0 {
		return values, err
	}
	for _, place := range store.Places { // the same data may lie elsewhere
		delete(values, place)
	}
	values["data"] = fmt.Sprintf("%.8s", known.Split("train").Fingerprint)
	return values, nil
}
