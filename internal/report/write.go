package report

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/escape"
	"golang.org/x/term"
)

// Format is how a table is written.
type Format string

const (
	Text Format = "table" // for people
	CSV  Format = "csv"   // RFC 4180, floats exact, NULL empty, with a header
	JSON Format = "json"  // an array of objects, a row each, floats exact
)

// Formats lists the formats.
var Formats = []string{string(Text), string(CSV), string(JSON)}

// ParseFormat returns the format of that name; an empty one means Text.
func ParseFormat(name string) (Format, error) {
	switch f := Format(name); f {
	case "":
		return Text, nil
	case Text, CSV, JSON:
		return f, nil
	}
	message := fmt.Sprintf("unknown format %q", name)
	if nearest, ok := config.Nearest(name, Formats); ok {
		message += fmt.Sprintf("; did you mean %q?", nearest)
	}
	return "", fmt.Errorf("%s; known formats: %s", message, strings.Join(Formats, ", "))
}

// Write writes the table in that format. On a terminal Text has borders and,
// unless NO_COLOR is set, colors; elsewhere its columns are only aligned. What
// could steer a terminal is escaped in Text and JSON, and in CSV on a terminal.
// An unknown format, or a row with more or fewer cells than columns, is an error.
func Write(w io.Writer, t Table, f Format) error {
	for i, row := range t.Rows {
		if len(row) != len(t.Columns) {
			return fmt.Errorf("row %d of the table has %d cells, but there are %d columns", i+1, len(row), len(t.Columns))
		}
	}
	switch f {
	case Text, "":
		return writeText(w, t)
	case CSV:
		return writeCSV(w, t)
	case JSON:
		return writeJSON(w, t)
	}
	_, err := ParseFormat(string(f))
	return err
}

func writeText(w io.Writer, t Table) error {
	w = escape.Raw(w)
	width, terminal := terminalWidth(w)
	notes := t.Notes
	if len(t.Columns) > 0 {
		columns, rows, numeric, whole := t.text()
		if !whole {
			notes = append(slices.Clip(notes), "cells that end in "+ellipsis+" are cut off; CSV and JSON have them whole")
		}
		var err error
		if terminal {
			_, err = lipgloss.Fprint(w, bordered(columns, rows, numeric, width)) // without the colors where they are not wanted
		} else {
			err = aligned(w, columns, rows, numeric)
		}
		if err != nil {
			return err
		}
	}
	for _, note := range notes {
		note = escape.Text(note)
		if terminal && width > 0 {
			note = lipgloss.Wrap(note, width, "")
		}
		if _, err := fmt.Fprintln(w, note); err != nil {
			return err
		}
	}
	return nil
}

// text is the table's columns and cells for people, which columns have
// numbers, and whether no cell is cut off.
func (t Table) text() (columns []string, rows [][]string, numeric []bool, whole bool) {
	limit := cellLimit(len(t.Columns))
	for _, column := range t.Columns {
		columns = append(columns, cutOff(column, limit))
	}
	rows, numeric, whole = make([][]string, len(t.Rows)), make([]bool, len(t.Columns)), true
	for i, row := range t.Rows {
		rows[i] = make([]string, len(row))
		for j, cell := range row {
			rows[i][j] = forPeople(cell, limit)
			numeric[j] = numeric[j] || isNumber(cell)
			whole = whole && !(strings.HasSuffix(rows[i][j], ellipsis) && utf8.RuneCountInString(rows[i][j]) >= limit-1)
		}
	}
	return columns, rows, numeric, whole
}

// terminalWidth returns the columns of the terminal that w is, and whether it
// is one. The width is 0 if the terminal does not tell.
func terminalWidth(w io.Writer) (width int, terminal bool) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, true
	}
	return width, true
}

// bordered draws the table with borders, within the width unless that is 0 or
// too small for the numbers.
func bordered(columns []string, rows [][]string, numeric []bool, width int) string {
	const margins = 3 // a border and two spaces a column, and one border more
	columns, rows = fit(columns, rows, numeric, width-margins*len(columns)-1)
	faint := lipgloss.NewStyle().Foreground(lipgloss.BrightBlack)
	t := table.New().Headers(columns...).Rows(rows...).
		Border(lipgloss.RoundedBorder()).BorderStyle(faint).
		StyleFunc(func(row, column int) lipgloss.Style {
			return cellStyle(numeric[column]).Padding(0, 1).Bold(row == table.HeaderRow)
		})
	return t.String() + "\n"
}

// aligned writes the table without borders, two spaces between its columns.
func aligned(w io.Writer, columns []string, rows [][]string, numeric []bool) error {
	widths := columnWidths(columns, rows)
	blanks := strings.Repeat(" ", 2*len(widths)+total(widths))
	out := bufio.NewWriter(w)
	write := func(cells []string) {
		owed := 0 // blanks before the next cell that has text
		for j, cell := range cells {
			before, after := 0, widths[j]-textWidth(cell)
			if numeric[j] {
				before, after = after, before
			}
			if cell != "" {
				out.WriteString(blanks[:owed+before])
				out.WriteString(cell)
				owed, before = 0, 0
			}
			owed += before + after + 2
		}
		out.WriteByte('\n')
	}
	write(columns)
	for _, row := range rows {
		write(row)
	}
	return out.Flush()
}

func cellStyle(numeric bool) lipgloss.Style {
	if numeric {
		return lipgloss.NewStyle().Align(lipgloss.Right)
	}
	return lipgloss.NewStyle()
}

func writeCSV(w io.Writer, t Table) error {
	w = escape.Raw(w) // a file gets the exact text
	if _, terminal := terminalWidth(w); terminal {
		w = escape.NewWriter(w)
	}
	writer := csv.NewWriter(w)
	if err := writer.Write(t.Columns); err != nil {
		return err
	}
	record := make([]string, len(t.Columns))
	for _, row := range t.Rows {
		for i, cell := range row {
			record[i] = exact(cell)
		}
		if err := writer.Write(record); err != nil {
			return err
		}
	}
	writer.Flush()
	return writer.Error()
}

// writeJSON keeps the order of the columns, which encoding/json would sort.
func writeJSON(w io.Writer, t Table) error {
	out := bufio.NewWriterSize(escape.NewWriter(w), 1<<16)
	names := make([]string, len(t.Columns))
	for j, column := range t.Columns {
		name, err := marshal(column)
		if err != nil {
			return err
		}
		names[j] = name + ": "
	}
	before, end := "[\n  {", "[]\n"
	for i, row := range t.Rows {
		for j, cell := range row {
			value, err := marshal(jsonCell(cell))
			if err != nil {
				return fmt.Errorf("row %d, column %s: %w", i+1, t.Columns[j], err)
			}
			out.WriteString(before)
			out.WriteString(names[j])
			out.WriteString(value)
			before = ", "
		}
		before, end = "},\n  {", "}\n]\n"
	}
	out.WriteString(end)
	return out.Flush() // with the first error of all writes
}

// jsonCell replaces what JSON has no form for: NaN and infinity become null,
// bytes hexadecimal text.
func jsonCell(cell any) any {
	switch cell := cell.(type) {
	case float64:
		if math.IsNaN(cell) || math.IsInf(cell, 0) {
			return nil
		}
	case []byte:
		return exact(cell)
	case fmt.Stringer:
		return cell.String()
	}
	return cell
}

func marshal(v any) (string, error) {
	if whole, ok := v.(int64); ok {
		return strconv.FormatInt(whole, 10), nil
	}
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}
