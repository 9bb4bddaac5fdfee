package web

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/report"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// setting is what seeds are repetitions of: a method with its hyperparameters
// on a backbone and a data set.
type setting struct {
	Method   string `json:"method"`
	Backbone string `json:"backbone"`
	Dataset  string `json:"dataset"`
	Hash     string `json:"hash"`
	Label    string `json:"label"` // the method, with what tells it from others of that method
}

// param is a value of the configuration that some settings have and others
// don't, or, if Setting is -1, that all have but those with a value of their own.
type param struct {
	Setting int    `json:"setting"`
	Key     string `json:"key"`
	Value   any    `json:"value"`
}

// settingOf returns the index of a setting, which it adds if it is new.
func (study *Study) settingOf(method, backbone, dataset, hash string) int {
	at := slices.IndexFunc(study.Settings, func(o setting) bool {
		return o.Method == method && o.Backbone == backbone && o.Dataset == dataset && o.Hash == hash
	})
	if at >= 0 {
		return at
	}
	study.Settings = append(
		study.Settings, setting{Method: method, Backbone: backbone, Dataset: dataset, Hash: hash, Label: method},
	)
	study.Styles[method] = styleOf(method)
	return len(study.Settings) - 1
}

// configurations reads the values of runs' configurations.
func configurations(ctx context.Context, s *store.Store, runs []int64) (map[int64]map[string]any, error) {
	rows, err := query(ctx, s, "SELECT run, key, value FROM params WHERE run IN ("+list(runs)+")")
	if err != nil {
		return nil, err
	}
	values := map[int64]map[string]any{}
	for _, row := range rows {
		id, _ := row[0].(int64)
		key, _ := row[1].(string)
		if values[id] == nil {
			values[id] = map[string]any{}
		}
		values[id][key] = row[2]
	}
	return values, nil
}

// splitParams tells the values that all settings have from those they differ
// in. What baselines have, which have no training, counts for nothing beside
// methods.
func (study *Study) splitParams(values map[int64]map[string]any, first map[int]int64) {
	keys := map[string]bool{}
	var trained []int64
	for at, id := range first {
		for key := range values[id] {
			keys[key] = !report.Indifferent(key)
		}
		if !baseline.Is(study.Settings[at].Method) {
			trained = append(trained, id)
		}
	}
	if len(trained) == 0 {
		trained = slices.Collect(maps.Values(first))
	}
	for _, key := range sortedKeys(keys) {
		common, alike := values[trained[0]][key], true
		for _, id := range trained {
			value, has := values[id][key]
			alike = alike && has && value == common
		}
		if alike {
			study.Params = append(study.Params, param{-1, key, common})
		}
		for at := range study.Settings {
			if value, has := values[first[at]][key]; has && !(alike && value == common) {
				study.Params = append(study.Params, param{at, key, value})
			}
		}
	}
}

// nameSettings labels the settings of one method by what tells them apart.
func (study *Study) nameSettings(ctx context.Context, _ *store.Store) error {
	for i := range study.Settings {
		own := &study.Settings[i]
		var parts []string
		several := false
		for j, other := range study.Settings {
			several = several || i != j && other.Method == own.Method && other.Backbone == own.Backbone &&
				other.Dataset == own.Dataset
		}
		if !several {
			continue
		}
		for _, p := range study.Params {
			if p.Setting == i && study.differs(p, *own) {
				parts = append(parts, fmt.Sprintf("%s=%v", strings.TrimPrefix(p.Key, "method."), p.Value))
			}
		}
		if len(parts) == 0 {
			parts = []string{"#" + own.Hash[:min(6, len(own.Hash))]}
		}
		own.Label += " " + strings.Join(parts, " ")
	}
	return nil
}

// differs says whether another setting of the same method has another value.
func (study *Study) differs(p param, own setting) bool {
	return slices.ContainsFunc(study.Params, func(q param) bool {
		if q.Key != p.Key || q.Setting < 0 || q.Value == p.Value {
			return false
		}
		other := study.Settings[q.Setting]
		return other.Method == own.Method && other.Backbone == own.Backbone && other.Dataset == own.Dataset
	})
}
