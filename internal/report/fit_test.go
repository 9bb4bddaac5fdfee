package report

import (
	"strings"
	"testing"

	"charm.land/lipgloss/v2"
)

func TestATableFitsTheTerminal(t *testing.T) {
	columns := []string{"run", "protocol", "value"}
	rows := [][]string{{"simclr-1", "knn k=200 temperature=0.07 distance=cosine", "0.1234 ± 0.0100"}}
	numeric := []bool{false, false, true}
	text := bordered(columns, rows, numeric, 50)
	for line := range strings.Lines(text) {
		if width := lipgloss.Width(strings.TrimRight(line, "\n")); width > 50 {
			t.Errorf("%q is %d wide, want 50 at most", line, width)
		}
	}
	for _, whole := range []string{"simclr-1", "0.1234 ± 0.0100", "temperature=0.07", "distance=cosine"} {
		if !strings.Contains(text, whole) {
			t.Errorf("%q is not whole in\n%s", whole, text)
		}
	}
	if wide := bordered(columns, rows, numeric, 0); strings.Count(wide, "\n") != 5 {
		t.Errorf("without a width the rows are wrapped:\n%s", wide)
	}
	if narrow := bordered(columns, rows, numeric, 10); !strings.Contains(narrow, "0.1234 ± 0.0100") {
		t.Errorf("a number is cut in\n%s", narrow)
	}
}
