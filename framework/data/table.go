package data

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kontrast-ml/kontrast/framework/textfile"
)

// table is a file of rows, whose first line names the columns.
type table struct {
	path   string
	header []string
	rows   [][]string
	lines  []int // on which each row begins, counted from 1

	separator rune
	oldMac    bool // lines end in carriage returns alone
}

// how says how the table was read, to who expects more of it.
func (t *table) how(image, caption int) string {
	name := map[rune]string{',': "commas", '\t': "tabs", ';': "semicolons", '|': "bars"}[t.separator]
	rows := fmt.Sprintf("%d rows", len(t.rows))
	if len(t.rows) == 1 {
		rows = "one row"
	}
	return fmt.Sprintf("%s was read as %s, with fields between %s (comma, tab, semicolon and bar are understood), "+
		"images from the column %q, captions from %q; "+
		"dataset.image_column and dataset.caption_column name others", t.path, rows, name, t.header[image], t.header[caption])
}

// readTable reads a table of which the fields are separated by commas, tabs,
// semicolons or bars, whichever the first line has most of; tabs for .tsv and
// .tab. It is in UTF-8 or, with a byte order mark, UTF-16; lines end as on any
// system. Fields with commas may be quoted, and then go over several lines.
// Tables with tabs have no quoting, as captions begin with quotes, unless every
// field with a quote is quoted in whole and none goes over lines.
func readTable(path string) (*table, error) {
	raw, err := textfile.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text, err := textfile.Decode(raw)
	if err != nil {
		return nil, fmt.Errorf("%s, %w", path, err)
	}
	t := &table{path: path}
	first, _, _ := strings.Cut(strings.TrimLeft(text, "\n"), "\n")
	if strings.TrimSpace(first) == "" {
		return nil, fmt.Errorf("%s: the table is empty, expected a first line that names the columns", path)
	}
	separator := separatorOf(first, path)
	t.separator, t.oldMac = separator, bytes.ContainsRune(raw, '\r') && !bytes.ContainsRune(raw, '\n')
	if separator != '\t' || consistentQuotes(text) {
		err = t.quoted(text, separator)
	} else {
		err = t.plain(text)
	}
	if err != nil {
		return nil, err
	}
	for i := range t.header {
		t.header[i] = strings.TrimSpace(t.header[i])
	}
	return t, nil
}

func separatorOf(first, path string) rune {
	ending := strings.ToLower(filepath.Ext(path))
	if (ending == ".tsv" || ending == ".tab") && strings.Contains(first, "\t") {
		return '\t'
	}
	best, most := ',', strings.Count(first, ",")
	for _, separator := range "\t;|" {
		if n := strings.Count(first, string(separator)); n > most {
			best, most = separator, n
		}
	}
	return best
}

func newCSV(text string, separator rune) *csv.Reader {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = separator
	return reader
}

// consistentQuotes says whether a text with tabs is quoted as a table with
// commas would be, and no row goes over a line.
func consistentQuotes(text string) bool {
	if !strings.Contains(text, `"`) {
		return false
	}
	rows, err := newCSV(text, '\t').ReadAll()
	if err != nil {
		return false
	}
	lines := 0
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			lines++
		}
	}
	return len(rows) == lines
}

// plain reads rows of fields with tabs between, and nothing else to them.
func (t *table) plain(text string) error {
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		if number++; strings.TrimSpace(line) == "" {
			continue
		}
		fields := strings.Split(line, "\t")
		if t.header == nil {
			t.header = fields
			continue
		}
		if len(fields) != len(t.header) {
			return t.wrongFields(number, len(fields))
		}
		t.rows, t.lines = append(t.rows, fields), append(t.lines, number)
	}
	return nil
}

// quoted reads a table with quoting.
func (t *table) quoted(text string, separator rune) (err error) {
	reader := newCSV(text, separator)
	reader.FieldsPerRecord = -1
	if t.header, err = reader.Read(); err != nil {
		return t.misquoted(err)
	}
	lines := strings.Split(text, "\n")
	for {
		row, err := reader.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return t.misquoted(err)
		}
		line, _ := reader.FieldPos(0)
		if len(row) != len(t.header) {
			return t.wrongFields(line, len(row))
		}
		if swallowed := swallowedRow(row, lines, line, separator); swallowed > 0 {
			return fmt.Errorf("%s, line %d: a quote opens here that is closed after line %d, which looks like a row of its "+
				"own; close it, or write a quote within a quoted field twice",
				t.path, line, swallowed)
		}
		t.rows, t.lines = append(t.rows, row), append(t.lines, line)
	}
}

func (t *table) wrongFields(line, got int) error {
	return fmt.Errorf("%s, line %d: %d fields, but the first line names %d columns; a field that holds the separator "+
		"must be quoted", t.path, line, got, len(t.header))
}

func (t *table) misquoted(err error) error {
	var at *csv.ParseError
	if errors.As(err, &at) {
		line := at.StartLine
		return fmt.Errorf("%s, line %d: a quote that is opened or closed in the middle of a field (noticed at line %d, "+
			"column %d); put quotes around the whole field and write those within it twice",
			t.path, line, at.Line, at.Column)
	}
	return fmt.Errorf("%s: %w", t.path, err)
}

// swallowedRow is the line of the first row that a quoted field seems to have
// swallowed: a line within it that has as many fields as the table, one of
// them with the ending of an image; 0 for none.
func swallowedRow(row, lines []string, first int, separator rune) int {
	span := 0
	for _, field := range row {
		span += strings.Count(field, "\n")
	}
	for line := first + 1; line <= first+span && line <= len(lines); line++ {
		fields := strings.Split(lines[line-1], string(separator))
		if len(fields) < len(row) {
			continue
		}
		if slices.ContainsFunc(fields, func(field string) bool {
			return imageEnding(filepath.Ext(strings.Trim(field, ` "`)))
		}) {
			return line
		}
	}
	return 0
}

// column finds a column: the one asked for or, if none is, that with the first
// of the usual names. Letter case does not matter.
func (t *table) column(what, asked string, usual []string) (int, error) {
	wanted := usual
	if asked != "" {
		wanted = []string{asked}
	}
	for _, name := range wanted {
		if at := slices.Index(t.header, name); at >= 0 {
			return at, nil
		}
		if at := slices.IndexFunc(t.header, func(h string) bool { return strings.EqualFold(h, name) }); at >= 0 {
			return at, nil
		}
	}
	if asked != "" {
		return 0, fmt.Errorf("%s: no column %q; the first line has %q", t.path, asked, t.header)
	}
	return 0, fmt.Errorf("%s: no column of %ss: the first line has %q, and none of %q; name it by %s_column",
		t.path, what, t.header, usual, what)
}

// text is a field that must be UTF-8.
func (t *table) text(row, column int) (string, error) {
	field := t.rows[row][column]
	if utf8.ValidString(field) {
		return field, nil
	}
	return "", fmt.Errorf("%s, line %d: the column %q is not in UTF-8 (%.40q); save the table in that encoding",
		t.path, t.lines[row], t.header[column], field)
}
