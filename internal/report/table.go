package report

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kontrast-ml/kontrast/internal/escape"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Table is what the writers write. A cell is nil, a string, a bool, a []byte,
// an integer, a float64, where NaN means that there is no value, or anything
// with a String method.
type Table struct {
	Columns []string
	Rows    [][]any  // a cell a column each
	Notes   []string // lines below the table, for people only
}

// FromRows makes a table of a query's result.
func FromRows(rows *store.Rows) Table {
	t := Table{Columns: rows.Columns, Rows: rows.Values}
	if rows.Cut {
		t.Notes = []string{CutNote(rows)}
	}
	return t
}

// CutNote says that a result went on after its rows, and which limit it met. CSV
// and JSON have no place for it: write it to the standard error.
func CutNote(rows *store.Rows) string {
	limit := "the row limit"
	if rows.Large {
		limit = "the memory limit: the result is large"
	}
	return fmt.Sprintf("cut after %d rows: narrow the query with WHERE or LIMIT, or raise %s", len(rows.Values), limit)
}

// forPeople formats a cell for reading, on one line of at most limit
// characters: floats with six digits, longer texts cut off with an ellipsis.
func forPeople(cell any, limit int) string {
	switch cell := cell.(type) {
	case int64:
		return strconv.FormatInt(cell, 10)
	case float64:
		if math.IsNaN(cell) {
			return "–"
		}
		return strconv.FormatFloat(cell, 'g', 6, 64)
	case nil:
		return "–"
	case string:
		return cutOff(cell, limit)
	case []byte:
		if 2*len(cell) > limit {
			return hex.EncodeToString(cell[:(limit-1)/2]) + ellipsis
		}
	}
	return cutOff(exact(cell), limit)
}

// ellipsis ends a cell that is cut off.
const ellipsis = "…"

// cutOff escapes a text and cuts it off, looking at no more of it than is shown.
func cutOff(text string, limit int) string {
	head := text
	if longest := utf8.UTFMax * limit; len(head) > longest {
		head = strings.ToValidUTF8(head[:longest], "")
	}
	shown := escape.Line(head)
	if len(head) == len(text) && utf8.RuneCountInString(shown) <= limit {
		return shown
	}
	runes := []rune(shown)
	return string(runes[:min(len(runes), limit-1)]) + ellipsis
}

// cellLimit is how long the cells of a table for people are at most. A table of
// many columns with long cells is as unreadable as it is large.
func cellLimit(columns int) int { return max(40, 4000/max(columns, 1)) }

// exact formats a cell without loss; nil and NaN are empty.
func exact(cell any) string {
	switch cell := cell.(type) {
	case nil:
		return ""
	case string:
		return cell
	case []byte:
		return hex.EncodeToString(cell)
	case float64:
		if math.IsNaN(cell) {
			return ""
		}
		return strconv.FormatFloat(cell, 'g', -1, 64)
	}
	return fmt.Sprint(cell)
}

func isNumber(cell any) bool {
	switch cell.(type) {
	case int, int64, uint64, float64, Estimate:
		return true
	}
	return false
}

// Estimate is a mean with half of its confidence interval, and prints as
// "52.1 ± 0.4" or, without an interval, as "52.1".
type Estimate struct {
	Mean, HalfWidth float64 // HalfWidth is NaN where there is no interval
	Percent         bool    // prints fractions in percent
	Signed          bool    // prints a plus too: of differences
}

// String prints fractions with two decimals in percent and other numbers with
// four; "–" where there is no mean.
func (e Estimate) String() string {
	if math.IsNaN(e.Mean) {
		return "–"
	}
	mean, half, decimals := e.Mean, e.HalfWidth, 4
	if e.Percent {
		mean, half, decimals = 100*mean, 100*half, 2
	}
	text := strconv.FormatFloat(mean, 'f', decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // what is rounded to nothing has no sign
	}
	if e.Signed && !strings.HasPrefix(text, "-") {
		text = "+" + text
	}
	if math.IsNaN(half) {
		return text
	}
	return text + " ± " + strconv.FormatFloat(half, 'f', decimals, 64)
}
