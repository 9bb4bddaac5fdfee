package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/kontrast-ml/kontrast/internal/store"
)

var mixed = Table{
	Columns: []string{"name", "value", "n"},
	Rows: [][]any{
		{"a, \"b\"", 0.30000000000000004, int64(1)},
		{"two\nlines\x1b[31m", math.NaN(), int64(20)},
		{nil, 1e-9, nil},
		{[]byte{0xca, 0xfe}, math.Inf(1), int64(3)},
	},
	Notes: []string{"a note"},
}

func written(t *testing.T, table Table, f Format) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, table, f); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTextIsAlignedAndKeepsTheTerminalAsItIs(t *testing.T) {
	want := `name                  value   n
a, "b"                  0.3   1
two\nlines\u001b[31m      –  20
–                     1e-09   –
cafe                   +Inf   3
a note
`
	if diff := cmp.Diff(want, written(t, mixed, Text)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestLongCellsAreCutOffForPeopleOnly(t *testing.T) {
	long := strings.Repeat("±", 5000)
	table := Table{Columns: []string{"text", "blob"}, Rows: [][]any{{long, []byte(long)}}}
	text := written(t, table, Text)
	want := strings.Repeat("±", 1999) + "…  " + strings.Repeat("c2b1", 499) + "c2…\n"
	if lines := strings.SplitAfter(text, "\n"); lines[1] != want || lines[2] != "cells that end in … are cut off; CSV "+
		"and JSON have them whole\n" {
		t.Errorf("the table is %q", text)
	}
	for _, f := range []Format{CSV, JSON} {
		if got := written(t, table, f); !strings.Contains(got, long) ||
			!strings.Contains(got, strings.Repeat("c2b1", 5000)) || strings.Contains(got, "cut off") {
			t.Errorf("%s is not whole", f)
		}
	}
	if short := written(t, Table{Columns: []string{"text"}, Rows: [][]any{{"and so on…"}}},
		Text); strings.Contains(short, "cut off") {
		t.Errorf("a short cell is said to be cut off: %q", short)
	}
}

func TestRowsHaveACellAColumn(t *testing.T) {
	for _, f := range []Format{Text, CSV, JSON} {
		for _, rows := range [][][]any{{{1, 2}, {1, 2, 3}}, {{1, 2}, {1}}} {
			err := Write(&bytes.Buffer{}, Table{Columns: []string{"a", "b"}, Rows: rows}, f)
			if want := fmt.Sprintf("row 2 of the table has %d cells, but there are 2 columns", len(rows[1])); err == nil ||
				err.Error() != want {
				t.Errorf("%s: error %v, want %s", f, err, want)
			}
		}
	}
}

func TestBordersAreAsWideAsTheTerminalAtMost(t *testing.T) {
	columns, rows, numeric := []string{"method", "top1"},
		[][]string{{"simclr", "52.00 ± 25.41"}, {"a very long name indeed", "1"}}, []bool{false, true}
	want := `
╭─────────────────────────┬───────────────╮
│ method                  │          top1 │
├─────────────────────────┼───────────────┤
│ simclr                  │ 52.00 ± 25.41 │
│ a very long name indeed │             1 │
╰─────────────────────────┴───────────────╯
`
	var plain bytes.Buffer
	if _, err := lipgloss.Fprint(&plain, bordered(columns, rows, numeric, 0)); err != nil { // leaves out the colors
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[1:], plain.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if width := lipgloss.Width(bordered(columns, rows, numeric, 34)); width > 34 {
		t.Errorf("%d columns wide, want 34 at most", width)
	}
}

func TestCSVIsExact(t *testing.T) {
	records, err := csv.NewReader(bytes.NewReader([]byte(written(t, mixed, CSV)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"name", "value", "n"}, {"a, \"b\"", "0.30000000000000004", "1"}, {"two\nlines\x1b[31m", "", "20"},
		{"", "1e-09", ""}, {"cafe", "+Inf", "3"},
	}
	if diff := cmp.Diff(want, records); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestJSONIsExactAndKeepsTheOrderOfColumns(t *testing.T) {
	want := `[
  {"name": "a, \"b\"", "value": 0.30000000000000004, "n": 1},
  {"name": "two\nlines\u001b[31m", "value": null, "n": 20},
  {"name": null, "value": 1e-9, "n": null},
  {"name": "cafe", "value": null, "n": 3}
]
`
	got := written(t, mixed, JSON)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if !json.Valid([]byte(got)) {
		t.Error("not JSON")
	}
	if got := written(t, Table{Columns: []string{"a"}}, JSON); got != "[]\n" {
		t.Errorf("no rows give %q", got)
	}
}

func TestParseFormat(t *testing.T) {
	if f, err := ParseFormat(""); f != Text || err != nil {
		t.Errorf("empty gives %q, %v", f, err)
	}
	_, err := ParseFormat("jsn")
	if want := `unknown format "jsn"; did you mean "json"?; known formats: table, csv, json`; err == nil ||
		err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestACutResultSaysSo(t *testing.T) {
	table := FromRows(&store.Rows{Columns: []string{"a"}, Values: [][]any{{int64(1)}}, Cut: true})
	if want := []string{"cut after 1 rows: narrow the query with WHERE or LIMIT, or raise the row " +
		"limit"}; !cmp.Equal(table.Notes, want) {
		t.Errorf("notes %q, want %q", table.Notes, want)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no room") }

func TestWriteReportsWhatTheWriterMet(t *testing.T) {
	for _, f := range Formats {
		if err := Write(broken{}, mixed, Format(f)); err == nil {
			t.Errorf("%s: no error", f)
		}
	}
}
