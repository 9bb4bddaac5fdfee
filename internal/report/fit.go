package report

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// narrowest is the width that a column of text is not made narrower than.
const narrowest = 8

// fit wraps the texts of a table so that its columns come within the width
// together. Numbers stay whole, and words where they can. A width of 0 or
// less leaves the table as it is.
func fit(columns []string, rows [][]string, numeric []bool, width int) ([]string, [][]string) {
	widths := columnWidths(columns, rows)
	total := total(widths)
	if width <= 0 || total <= width {
		return columns, rows
	}
	words := longestWords(columns, rows)
	for _, least := range []func(j int) int{func(j int) int { return words[j] }, func(int) int { return narrowest }} {
		for ; total > width; total-- {
			widest := -1
			for j, w := range widths {
				if !numeric[j] && w > least(j) && (widest < 0 || w > widths[widest]) {
					widest = j
				}
			}
			if widest < 0 {
				break
			}
			widths[widest]--
		}
	}
	wrap := func(cells []string) []string {
		wrapped := make([]string, len(cells))
		for j, cell := range cells {
			wrapped[j] = lipgloss.Wrap(cell, widths[j], "")
		}
		return wrapped
	}
	all := make([][]string, len(rows))
	for i, row := range rows {
		all[i] = wrap(row)
	}
	return wrap(columns), all
}

// columnWidths are the widths of the widest cell of each column.
func columnWidths(columns []string, rows [][]string) []int {
	widths := make([]int, len(columns))
	for j := range columns {
		widths[j] = textWidth(columns[j])
		for _, row := range rows {
			widths[j] = max(widths[j], textWidth(row[j]))
		}
	}
	return widths
}

func total(widths []int) (sum int) {
	for _, width := range widths {
		sum += width
	}
	return sum
}

// textWidth is how many columns of a terminal a text takes; quick for the usual one.
func textWidth(text string) int {
	if strings.IndexFunc(text, func(r rune) bool { return r >= 0x7f }) < 0 {
		return len(text)
	}
	return lipgloss.Width(text)
}

// longestWords are the widths of the longest word of each column.
func longestWords(columns []string, rows [][]string) []int {
	longest := make([]int, len(columns))
	for _, cells := range append([][]string{columns}, rows...) {
		for j, cell := range cells {
			for _, word := range strings.Fields(cell) {
				longest[j] = max(longest[j], lipgloss.Width(word))
			}
		}
	}
	return longest
}
