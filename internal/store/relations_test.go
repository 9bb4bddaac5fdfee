package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryViewTableAndColumnIsDocumented(t *testing.T) {
	s := newStore(t)
	for kind, relations := range map[string][]Relation{"view": Views(), "table": Tables()} {
		var documented []string
		for _, relation := range relations {
			documented = append(documented, relation.Name)
			if relation.Doc == "" {
				t.Errorf("%s %s has no documentation", kind, relation.Name)
			}
			var names, types []string
			for _, column := range relation.Columns {
				names, types = append(names, column.Name), append(types, column.Type)
				if column.Doc == "" {
					t.Errorf("%s %s: column %s has no documentation", kind, relation.Name, column.Name)
				}
			}
			actual := columns(t, s, "name", relation.Name)
			if diff := cmp.Diff(actual, names); diff != "" {
				t.Errorf("%s %s: columns (-database +documented)\n%s", kind, relation.Name, diff)
			}
			if diff := cmp.Diff(columns(t, s, "type", relation.Name), types); kind == "table" && diff != "" {
				t.Errorf("table %s: types (-database +documented)\n%s", relation.Name, diff)
			}
		}
		// What a migration has made again stands in its old place among the documented.
		slices.Sort(documented)
		actual := lines(t, s, "SELECT name FROM sqlite_schema WHERE type = ? ORDER BY name", kind)
		if diff := cmp.Diff(actual, documented); diff != "" {
			t.Errorf("%ss (-database +documented)\n%s", kind, diff)
		}
	}
}

func TestShellShowsTheDocumentation(t *testing.T) {
	s := newStore(t)
	sql := lines(t, s, "SELECT sql FROM sqlite_schema WHERE name = 'seed_summary'")
	if want := "half of the 95 % interval"; !strings.Contains(sql[0], want) {
		t.Errorf("the stored SQL of seed_summary lacks %q", want)
	}
}

func TestTablesAreStrict(t *testing.T) {
	loose := lines(t, newStore(t), "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND "+
		"name NOT LIKE 'sqlite_%' AND NOT strict")
	if len(loose) > 0 {
		t.Errorf("not STRICT: %v", loose)
	}
}

// lines returns the first column of a query on the store's own connection.
func lines(t *testing.T, s *Store, query string, args ...any) []string {
	t.Helper()
	all, err := collect(t.Context(), s, query, args, func(scan func(...any) error) (line string, err error) {
		return line, scan(&line)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func columns(t *testing.T, s *Store, what, relation string) []string {
	t.Helper()
	return lines(t, s, "SELECT "+what+" FROM pragma_table_info(?)", relation)
}
