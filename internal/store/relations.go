package store

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// Relation documents a view or a table.
type Relation struct {
	Name    string
	Doc     string
	Columns []Column
}

// Column documents a column of a Relation.
type Column struct {
	Name string
	Type string // SQL type; empty for a view's
	Doc  string
}

// Views returns the documentation of the views, which are the public interface
// of the database.
func Views() []Relation { return documented()["VIEW"] }

// Tables returns the documentation of the tables, which may change between
// versions.
func Tables() []Relation { return documented()["TABLE"] }

var (
	relationStart = regexp.MustCompile(`^CREATE (TABLE|VIEW) (\w+) \( -- (.+)$`)
	columnLine    = regexp.MustCompile(`^    ([a-z]\w*),?(?: +([A-Z]+)[^-]*)? *(?:-- (.+))?$`)
	addedColumn   = regexp.MustCompile(`^ALTER TABLE (\w+) ADD COLUMN (\w+) ([A-Z]+).* /\* (.+) \*/;$`)
	droppedColumn = regexp.MustCompile(`^ALTER TABLE (\w+) DROP COLUMN (\w+);$`)
	renamedColumn = regexp.MustCompile(`^ALTER TABLE (\w+) RENAME COLUMN (\w+) TO (\w+);$`)
	renamedTable  = regexp.MustCompile(`^ALTER TABLE (\w+) RENAME TO (\w+);$`)
	continuation  = regexp.MustCompile(`^ {5,}.*-- (.+)$`)
)

// documented reads the documentation out of the comments of the migrations.
var documented = sync.OnceValue(func() map[string][]Relation {
	scripts, err := migrations()
	if err != nil {
		panic(err) // the files are embedded
	}
	relations := map[string][]Relation{}
	for _, script := range scripts {
		var kind string // of the relation that the line is in; empty outside
		var current int // its place among those of its kind
		for line := range strings.Lines(script) {
			line = strings.TrimRight(line, "\n")
			if match := relationStart.FindStringSubmatch(line); match != nil {
				kind = match[1]
				made := Relation{Name: match[2], Doc: match[3]}
				current = slices.IndexFunc(relations[kind], func(r Relation) bool { return r.Name == made.Name })
				if current >= 0 { // made again
					relations[kind][current] = made
					continue
				}
				current = len(relations[kind])
				relations[kind] = append(relations[kind], made)
				continue
			}
			if changeColumn(relations["TABLE"], line) {
				continue
			}
			if match := renamedTable.FindStringSubmatch(line); match != nil { // to be dropped by what follows the script
				relations["TABLE"] = slices.DeleteFunc(relations["TABLE"], func(r Relation) bool { return r.Name == match[1] })
				continue
			}
			if strings.HasPrefix(line, ")") {
				kind = ""
			}
			if kind != "" {
				relations[kind][current].addLine(line)
			}
		}
	}
	return relations
})

// addLine reads a line between the parentheses of CREATE TABLE or CREATE VIEW.
func (r *Relation) addLine(line string) {
	if match := columnLine.FindStringSubmatch(line); match != nil {
		r.Columns = append(r.Columns, Column{match[1], match[2], match[3]})
	} else if match := continuation.FindStringSubmatch(line); match != nil {
		r.Columns[len(r.Columns)-1].Doc = match[1]
	}
}

// changeColumn reads a line that adds, drops or renames a column of a table.
func changeColumn(tables []Relation, line string) bool {
	for _, form := range []*regexp.Regexp{addedColumn, droppedColumn, renamedColumn} {
		match := form.FindStringSubmatch(line)
		if match == nil {
			continue
		}
		table := &tables[slices.IndexFunc(tables, func(r Relation) bool { return r.Name == match[1] })]
		at := slices.IndexFunc(table.Columns, func(c Column) bool { return c.Name == match[2] })
		switch form {
		case addedColumn:
			table.Columns = append(table.Columns, Column{match[2], match[3], match[4]})
		case droppedColumn:
			table.Columns = slices.Delete(table.Columns, at, at+1)
		case renamedColumn:
			table.Columns[at].Name = match[3]
		}
		return true
	}
	return false
}
