package store

import (
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
)

var missingName = regexp.MustCompile(`no such (table|column|function): (?:\w+\.)?(\w+)`)

// hint adds to SQLite's message on a name that does not exist the names that
// do, the nearest first, and to that on another program's command what to use.
func hint(message, query string) string {
	match := missingName.FindStringSubmatch(message)
	if match == nil {
		if otherCommand.MatchString(query) {
			return "; that is no SQL but a command of a database's shell: " + columnsHint(query)
		}
		return ""
	}
	switch kind, name := match[1], match[2]; kind {
	case "table":
		if strings.EqualFold(name, "generate_series") {
			return "; count with WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) SELECT i FROM n"
		}
		views, tables := names(Views()), names(Tables())
		return fmt.Sprintf("%s; views: %s; tables: %s", suggest(name, slices.Concat(views, tables)),
			strings.Join(views, ", "), strings.Join(tables, ", "))
	case "column":
		return columnHint(name, query)
	default:
		if instead, ok := instead[strings.ToLower(name)]; ok {
			return "; use " + instead
		}
		return "; there are SQLite's functions (https://sqlite.org/lang_corefunc.html, lang_aggfunc, lang_datefunc, json1) and " +
			strings.Join(mathematics(), ", ")
	}
}

// otherCommand is how shells list tables and columns.
var otherCommand = regexp.MustCompile(`(?i)^\s*([.\\]\w|(show|describe|desc|explain|use|help)\b)`)

// instead says what to use for functions that SQLite does not have.
var instead = map[string]string{
	"median": "the middle row: SELECT value FROM … ORDER BY value LIMIT 1 OFFSET (SELECT count(*) FROM …) / 2",
	"stddev": deviation, "stdev": deviation, "std": deviation, "stddev_samp": deviation, "stddev_pop": deviation,
	"variance": deviation, "var": deviation, "var_samp": deviation, "var_pop": deviation,
	"percentile": quantile, "percentile_cont": quantile, "percentile_disc": quantile, "quantile": quantile,
	"regexp":         "LIKE or GLOB",
	"regexp_like":    "LIKE or GLOB",
	"now":            "datetime('now')",
	"date_trunc":     "strftime",
	"to_char":        "strftime or format",
	"left":           "substr(text, 1, n)",
	"right":          "substr(text, -n)",
	"len":            "length",
	"strpos":         "instr",
	"nvl":            "coalesce",
	"greatest":       "max with several arguments",
	"least":          "min with several arguments",
	"string_agg":     "group_concat",
	"array_agg":      "json_group_array",
	"row_to_json":    "json_object",
	"cbrt":           "power(x, 1.0 / 3)",
	"rand":           "random",
	"regexp_replace": "replace",
}

const (
	deviation = "std, half_width, lower and upper of the view seed_summary, or sqrt((sum(x * x) - sum(x) * sum(x) / " +
		"count(x)) / (count(x) - 1))"
	quantile = "ntile or percent_rank over (ORDER BY …)"
)

// refusalHint says what to use for a PRAGMA that tells of tables.
func refusalHint(query string) string {
	if strings.HasPrefix(strings.ToLower(strings.TrimSpace(query)), "pragma") ||
		strings.Contains(strings.ToLower(query), "pragma_") {
		return "; " + columnsHint(query)
	}
	return ""
}

// columnsHint says where the names of views and columns are, and gives those of the views and tables that the text
// names.
func columnsHint(text string) string {
	return "SELECT name, sql FROM sqlite_schema lists tables and views, kontrast sql --help the views with their columns" +
		columnHint("", text)
}

// mathematics lists the functions of SQLite's mathematical extension that there are.
func mathematics() []string {
	all := map[string]bool{}
	for _, functions := range []iter.Seq[string]{maps.Keys(unaryFunctions), maps.Keys(roundingFunctions),
		maps.Keys(binaryFunctions)} {
		for name := range functions {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
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
	if name == "" {
		return strings.Join(lists, "")
	}
	return suggest(name, all) + strings.Join(lists, "")
}
