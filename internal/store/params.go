package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// Param is one value of a configuration.
type Param struct {
	Key   string // dotted path, such as optimizer.lr
	Value any    // int64, float64, string or nil; true and false are strings, lists are JSON
}

// flatten returns the values of a JSON object ordered by key. The items of a
// list that holds objects go by their index, as in probes.0.k.
func flatten(config json.RawMessage) ([]Param, error) {
	decoder := json.NewDecoder(bytes.NewReader(config))
	decoder.UseNumber()
	var object map[string]any
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("recording a run: the configuration is not a JSON object: %w", err)
	}
	if object == nil {
		return nil, errors.New("recording a run: the configuration is null; pass a JSON object")
	}
	return appendParams(nil, "", object)
}

func appendParams(params []Param, prefix string, object map[string]any) ([]Param, error) {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		key := prefix + name
		switch value := object[name].(type) {
		case map[string]any:
			var err error
			if params, err = appendParams(params, key+".", value); err != nil {
				return nil, err
			}
		case []any:
			if items, ok := objects(value); ok {
				var err error
				if params, err = appendParams(params, key+".", items); err != nil {
					return nil, err
				}
				continue
			}
			list, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			params = append(params, Param{key, string(list)})
		case json.Number:
			params = append(params, Param{key, numeric(value)})
		case bool:
			params = append(params, Param{key, strconv.FormatBool(value)})
		default: // string or nil
			params = append(params, Param{key, value})
		}
	}
	return params, nil
}

// objects returns a list of objects by index, and whether it is one.
func objects(list []any) (map[string]any, bool) {
	byIndex := map[string]any{}
	for i, item := range list {
		if _, ok := item.(map[string]any); !ok {
			return nil, false
		}
		byIndex[strconv.Itoa(i)] = item
	}
	return byIndex, len(list) > 0
}

// numeric keeps whole numbers whole and turns what no number type holds into text.
func numeric(n json.Number) any {
	if whole, err := n.Int64(); err == nil {
		return whole
	}
	if value, err := n.Float64(); err == nil {
		return value
	}
	return n.String()
}
