package data

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

const (
	// fewNumbers is the largest number of different numbers in a column of which each is a class of its own.
	fewNumbers = 10
	// manyValues is the number of different texts in a column that are no classes any more.
	manyValues = 1000
)

// attributes are further labels of images, from a table.
type attributes struct {
	path    string
	columns []FactorInfo
	rows    map[string][]float64 // by path; a value for each column
	byName  map[string][]float64 // by the file's name alone; nil where several have it
	notes   []string
}

// readAttributes reads a table with a column of images, and a factor in every
// other: continuous if it holds numbers, more than ten different ones, and
// otherwise discrete with its values as they are sorted. Empty fields, NA, NaN
// and ? are unknown values.
func readAttributes(table string) (*attributes, error) {
	t, err := readTable(table)
	if err != nil {
		return nil, err
	}
	image, err := t.column("image", "", imageColumns)
	if err != nil {
		return nil, errors.New(strings.TrimSuffix(err.Error(), "; name it by image_column") + "; call it by one of these")
	}
	a := &attributes{path: table, rows: map[string][]float64{}, byName: map[string][]float64{}}
	columns := make([][]float64, 0, len(t.header))
	for c, name := range t.header {
		if c == image {
			continue
		}
		info, values, note, err := t.factor(c)
		if err != nil {
			return nil, err
		}
		if note != "" {
			a.notes = append(a.notes, fmt.Sprintf("%s: the column %q %s, and is no attribute", table, name, note))
			continue
		}
		a.columns, columns = append(a.columns, info), append(columns, values)
	}
	if len(a.columns) == 0 {
		return nil, fmt.Errorf("%s: no column beside %q holds attributes", table, t.header[image])
	}
	for i, fields := range t.rows {
		row := make([]float64, len(columns))
		for c := range columns {
			row[c] = columns[c][i]
		}
		name := path.Clean(strings.ReplaceAll(strings.TrimSpace(fields[image]), `\`, "/"))
		if _, twice := a.rows[name]; twice {
			return nil, fmt.Errorf("%s, line %d: %s has a row already; an image has one", table, t.lines[i], name)
		}
		a.rows[name] = row
		if _, twice := a.byName[path.Base(name)]; twice {
			row = nil
		}
		a.byName[path.Base(name)] = row
	}
	return a, nil
}

func unknownValue(text string) bool {
	switch strings.ToLower(text) {
	case "", "na", "n/a", "nan", "null", "none", "?":
		return true
	}
	return false
}

// factor reads a column as a factor; the note says why it is none.
func (t *table) factor(column int) (info FactorInfo, values []float64, note string, err error) {
	info.Name = t.header[column]
	values = make([]float64, len(t.rows))
	distinct, known, numeric := map[string]bool{}, 0, true
	for i := range t.rows {
		text, err := t.text(i, column)
		if err != nil {
			return info, nil, "", err
		}
		if text = strings.TrimSpace(text); unknownValue(text) {
			values[i] = math.NaN()
			continue
		}
		known++
		distinct[text] = true
		var parseErr error
		if values[i], parseErr = strconv.ParseFloat(text, 64); parseErr != nil || math.IsInf(values[i], 0) {
			numeric = false
		}
	}
	switch {
	case info.Name == "":
		return info, nil, "has no name", nil
	case len(distinct) < 2:
		return info, nil, "has a single value", nil
	case numeric && len(distinct) > fewNumbers:
		return info, values, "", nil
	case !numeric && (len(distinct) > manyValues || len(distinct) == known && known > fewNumbers):
		return info, nil, fmt.Sprintf("has %d different texts in %d rows", len(distinct), known), nil
	}
	for text := range distinct {
		info.Values = append(info.Values, text)
	}
	slices.SortFunc(info.Values, func(a, b string) int {
		if x, y, ok := numbers(a, b); ok {
			return cmp.Or(cmp.Compare(x, y), cmp.Compare(a, b))
		}
		return cmp.Compare(a, b)
	})
	for i := range t.rows {
		if text := strings.TrimSpace(t.rows[i][column]); !unknownValue(text) {
			values[i] = float64(slices.Index(info.Values, text))
		}
	}
	return info, values, "", nil
}

func numbers(a, b string) (x, y float64, ok bool) {
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return x, y, errX == nil && errY == nil
}

// of gives a data set of pictures the attributes of its images: the row that
// names the file, from the table's own folder or from the data set's, or else
// the only one with the file's name.
func (a *attributes) of(p *pictures) error {
	p.factors = a.columns
	p.values = make([][]float64, len(p.names))
	missing := 0
	for i, name := range p.names {
		if p.values[i] = a.row(p, name); p.values[i] == nil {
			missing++
		}
	}
	if missing == len(p.names) {
		return fmt.Errorf("%s: no row names an image of the data set, such as %s", a.path, p.names[0])
	}
	p.notes = append(p.notes, a.notes...)
	if missing > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%s has no row for %d of %d images", a.path, missing, len(p.names)))
	}
	return nil
}

func (a *attributes) row(p *pictures, name string) []float64 {
	if relative, err := filepath.Rel(filepath.Dir(a.path), p.files.path(name)); err == nil {
		if row, found := a.rows[filepath.ToSlash(relative)]; found {
			return row
		}
	}
	for _, known := range []string{name, p.files.at(name), filepath.ToSlash(p.files.path(name))} {
		if row, found := a.rows[known]; found {
			return row
		}
	}
	return a.byName[path.Base(name)]
}

// Factors implements Factored.
func (p *pictures) Factors() []FactorInfo { return p.factors }

// Factor implements Factored.
func (p *pictures) Factor(i, factor int) float64 {
	if p.values[i] == nil {
		return math.NaN()
	}
	return p.values[i][factor]
}
