package store

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
)

var missingName = regexp.MustCompile(`no such (table|column|function): (?:\w+\.)?(\w+)`)

// hint adds to SQLite's message on a name that does not exist the names that
// do, the nearest first.
func hint(message, query string) string {
	match := missingName.FindStringSubmatch(message)
	if match == nil {
		return ""
	}
	switch kind, name := match[1], match[2]; kind {
	case "table":
		views, tables := names(Views()), names(Tables())
		return fmt.Sprintf("%s; views: %s; tables: %s", suggest(name, slices.Concat(views, tables)),
			strings.Join(views, ", "), strings.Join(tables, ", "))
	case "column":
		return columnHint(name, query)
	default:
		return "; the functions are those of SQLite's shell: https://sqlite.org/lang_corefunc.html"
	}
}

func suggest(name string, known []string) string {
	if nearest, ok := config.Nearest(name, known); ok {
		return fmt.Sprintf("; did you mean %q?", nearest)
	}
	return ""
}

func names(relations []Relation) []string {
	all := make([]string, len(relations))
	for i, r := range relations {
		all[i] = r.Name
	}
	return all
}

// columnHint lists the columns of the views and tables that the query names.
func columnHint(name, query string) string {
	var all, lists []string
	for _, relation := range slices.Concat(Views(), Tables()) {
		if !regexp.MustCompile(`(?i)\b` + relation.Name + `\b`).MatchString(query) {
			continue
		}
		var columns []string
		for _, column := range relation.Columns {
			columns = append(columns, column.Name)
		}
		all = append(all, columns...)
		lists = append(lists, fmt.Sprintf("; %s has: %s", relation.Name, strings.Join(columns, ", ")))
	}
	return suggest(name, all) + strings.Join(lists, "")
}
