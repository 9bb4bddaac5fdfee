package web

import (
	"context"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// query reads rows of the open database.
func query(ctx context.Context, s *store.Store, statement string) ([][]any, error) {
	rows, err := s.Select(ctx, statement, store.Limits{Rows: 4_000_000, Bytes: 1 << 30})
	if err != nil {
		return nil, err
	}
	return rows.Values, nil
}

// quote is a text as SQL.
func quote(text string) string {
	if strings.ContainsRune(text, 0) { // which no literal can have
		return "CAST(x'" + hex.EncodeToString([]byte(text)) + "' AS TEXT)"
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

func text(cell any) string {
	value, _ := cell.(string)
	return value
}

func whole(cell any) int64 {
	value, _ := cell.(int64)
	return value
}

func sortedKeys(of map[string]bool) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(of)), func(key string) bool { return !of[key] })
}

// view documents a view and its columns.
type view struct {
	Name    string   `json:"name"`
	Doc     string   `json:"doc"`
	Columns []column `json:"columns"`
}

type column struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
}

func views() []view {
	var all []view
	for _, relation := range store.Views() {
		one := view{relation.Name, relation.Doc, []column{}}
		for _, c := range relation.Columns {
			one.Columns = append(one.Columns, column{c.Name, c.Doc})
		}
		all = append(all, one)
	}
	return all
}
