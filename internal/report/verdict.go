package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/compare"
)

// Verdicts says in a sentence a pair what is known of the rows of the
// comparison. With names only the pair of those two methods, the first of them
// first; few leaves out what the others tell if there are many pairs: how the
// best method stands to each, and each to the baseline, remain.
func (c Comparison) Verdicts(few bool, names ...string) []string {
	var sentences []string
	for _, pair := range c.Selected(few, names...) {
		sentences = append(sentences, c.sentence(pair))
	}
	if left := len(c.Pairs) - len(sentences); few && left > 0 {
		sentences = append(sentences, fmt.Sprintf("%d more pairs are judged by: kontrast verdict %s", left, c.Study))
	}
	return sentences
}

// WriteVerdicts writes the verdicts of comparisons, each below a line that says
// of what they are.
func WriteVerdicts(w io.Writer, comparisons []Comparison, few bool, names ...string) error {
	for _, c := range comparisons {
		sentences := c.Verdicts(few, names...)
		if len(sentences) == 0 {
			continue
		}
		with := ""
		if c.Against != "" {
			with = " with " + c.Against
		}
		heading := fmt.Sprintf("verdicts by %s%s on %s (5 %% level over all %d pairs%s):",
			c.kind(comparisons), c.Metric, c.Dataset, len(c.Pairs), with)
		for i := range sentences {
			sentences[i] = "  " + sentences[i]
		}
		if err := Write(w, Table{Notes: append([]string{"", heading}, sentences...)}, Text); err != nil {
			return err
		}
	}
	return nil
}

// kind is the kind of evaluation with a space behind it, and with what tells its protocol
// from others of that kind, such as "factor shape " or "knn k=20 ".
func (c Comparison) kind(among []Comparison) string {
	if len(c.Pairs) == 0 {
		return ""
	}
	kind := c.Pairs[0].Kind
	for word := range strings.FieldsSeq(c.Protocol) {
		if slices.ContainsFunc(among, func(other Comparison) bool {
			return len(other.Pairs) > 0 && other.Pairs[0].Kind == c.Pairs[0].Kind && other.Metric == c.Metric &&
				other.Dataset == c.Dataset && !slices.Contains(strings.Fields(other.Protocol), word)
		}) {
			kind += " " + strings.TrimPrefix(word, c.Pairs[0].Kind+"=")
		}
	}
	return kind + " "
}

// manyPairs is how many sentences below a table are too many.
const manyPairs = 12

// Selected are the pairs that Verdicts speaks of.
func (c Comparison) Selected(few bool, names ...string) []compare.Pair {
	var pairs []compare.Pair
	for _, pair := range c.Pairs {
		switch {
		case len(names) == 2 && pair.First.Method == names[1] && pair.Second.Method == names[0]:
			pairs = append(pairs, pair.Turned())
		case len(names) == 2 && (pair.First.Method != names[0] || pair.Second.Method != names[1]):
		case few && len(c.Pairs) > manyPairs && !c.tells(pair):
		default:
			pairs = append(pairs, pair)
		}
	}
	return pairs
}

// tells says whether a pair has the best row of its backbone or the baseline.
func (c Comparison) tells(pair compare.Pair) bool {
	for _, row := range c.Rows {
		if row.Backbone != pair.Backbone {
			continue
		}
		best := settingIn(row)
		return pair.First == best || pair.Second == best || slices.ContainsFunc(c.Rows, func(r Row) bool {
			return r.against && r.Backbone == pair.Backbone && settingIn(r) == pair.Second
		})
	}
	return false
}

// sentence says what is known of a pair.
func (c Comparison) sentence(p compare.Pair) string {
	if p.Verdict == compare.Worse {
		p = p.Turned()
	}
	first, second := c.name(p.Backbone, p.First), c.name(p.Backbone, p.Second)
	where := ""
	if slices.ContainsFunc(c.Rows, func(r Row) bool { return r.Backbone != p.Backbone }) {
		where = "on " + p.Backbone + ": "
	}
	seeds := fmt.Sprintf("%d seeds", p.Estimate.Seeds)
	evidence := fmt.Sprintf("%s, %s, Holm p %s", c.interval(p), seeds, probability(p.Holm))
	if p.Verdict == compare.Undecided {
		evidence = c.amount(p.Estimate.Mean) + c.points() + ", " + evidence
	}
	if p.Test == compare.Anytime {
		evidence += ", valid at every look"
	}
	difference := c.amount(math.Abs(p.Estimate.Mean)) + c.points()
	switch {
	case p.Test == compare.None:
		return where + fmt.Sprintf("%s and %s: undecided: %s", first, second, p.Note)
	case p.Test == compare.McNemar && p.Verdict == compare.Better:
		return where + fmt.Sprintf("the one network of %s beats that of %s by %s (%s, 1 seed, mid-p of McNemar after Holm "+
			"%s); of the methods one seed tells nothing",
			first, second, difference, c.interval(p), probability(p.Holm))
	case p.Test == compare.McNemar:
		return where + fmt.Sprintf("%s and %s: undecided, even between these two networks (%s, 1 seed, mid-p of McNemar "+
			"after Holm %s); run more seeds",
			first, second, c.interval(p), probability(p.Holm))
	case p.Verdict == compare.Better:
		return where + fmt.Sprintf("%s beats %s by %s (%s)", first, second, difference, evidence)
	case p.Verdict == compare.Equivalent:
		return where + fmt.Sprintf("%s and %s: equivalent within %s%s (%s, %s)",
			first, second, c.amount(p.Margin), c.points(), c.interval(p), seeds)
	}
	return where + fmt.Sprintf("%s and %s: undecided (%s); %s", first, second, evidence, c.plan(p))
}

// plan says what would decide a pair.
func (c Comparison) plan(p compare.Pair) string {
	if p.Note != "" {
		return p.Note
	}
	seen := math.Abs(p.Estimate.Mean)
	if p.Margin == 0 {
		return c.seeds(p, p.SeedsNeeded, "such a difference")
	}
	plan := c.seeds(p, p.SeedsNeeded, "a difference of "+c.amount(p.Margin))
	if seen > p.Margin && p.SeedsForSeen > p.Estimate.Seeds {
		plan = fmt.Sprintf("about %s seeds would decide the %s seen if they are true, and ",
			about(p.SeedsForSeen), c.amount(seen)) + plan
	}
	return plan
}

// seeds says how many seeds, or else test samples, would decide a difference.
func (c Comparison) seeds(p compare.Pair, needed int, difference string) string {
	switch {
	case needed > p.Estimate.Seeds:
		return fmt.Sprintf("about %s seeds would decide %s", about(needed), difference)
	case needed > 0:
		return fmt.Sprintf("%d seeds would have decided %s in four of five cases, so it is likely smaller",
			needed, difference)
	case p.SamplesNeeded > p.Estimate.Samples:
		return fmt.Sprintf("%s is out of reach of seeds on %d test samples: it takes about %s of them",
			difference, p.Estimate.Samples, about(p.SamplesNeeded))
	}
	return fmt.Sprintf("not even 1000 seeds would decide %s", difference)
}

// about rounds up to two digits.
func about(n int) string {
	scale := 1
	for n > 100*scale {
		scale *= 10
	}
	return strconv.Itoa((n + scale - 1) / scale * scale)
}

func (c Comparison) interval(p compare.Pair) string {
	if math.IsNaN(p.Lower) {
		return "no interval"
	}
	if math.IsInf(p.Lower, 0) {
		return "no interval yet"
	}
	return fmt.Sprintf("95 %% interval %s to %s", c.amount(p.Lower), c.amount(p.Upper))
}

// amount prints a number of the metric's unit, fractions in points.
func (c Comparison) amount(x float64) string {
	if !c.Percent {
		return strconv.FormatFloat(x, 'g', 3, 64)
	}
	decimals := 1
	if math.Abs(x) < 0.001 && x != 0 {
		decimals = 2
	}
	text := strconv.FormatFloat(100*x, 'f', decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		return "0"
	}
	return text
}

func (c Comparison) points() string {
	if c.Percent {
		return " points"
	}
	return ""
}

func probability(p float64) string {
	switch {
	case p < 0.0001:
		return "below 0.0001"
	case p < 0.01:
		return strconv.FormatFloat(p, 'f', 4, 64)
	}
	return strconv.FormatFloat(p, 'f', 3, 64)
}

// name is what a row is called: its method, with what tells its setting from others.
func (c Comparison) name(backbone string, s compare.Setting) string {
	for _, row := range c.Rows {
		if row.Backbone == backbone && settingIn(row) == s {
			return c.label(row)
		}
	}
	return s.Method
}

// VerdictData is the pairs for programs: the columns of the view verdicts, and
// the sentence.
func VerdictData(comparisons []Comparison, names ...string) Table {
	t := Table{Columns: []string{"study", "dataset", "backbone", "kind", "metric", "first", "second", "verdict",
		"difference", "lower", "upper",
		"n", "samples", "p", "p_holm", "test", "margin", "seeds_needed", "samples_needed", "p_sign_flip",
		"p_first_wins", "p_first_wins_lower", "p_first_wins_upper", "lower_bca", "upper_bca", "note", "protocol", "first_hash",
		"second_hash", "sentence"}}
	for _, c := range comparisons {
		for _, p := range c.Selected(false, names...) {
			t.Rows = append(t.Rows, []any{p.Study, p.Dataset, p.Backbone, p.Kind, p.Metric, p.First.Method, p.Second.Method,
				string(p.Verdict),
				p.Estimate.Mean, finiteCell(p.Lower), finiteCell(p.Upper), p.Estimate.Seeds, count(p.Estimate.Samples), p.P, p.Holm,
				p.Test, p.Margin,
				count(p.SeedsNeeded), count(p.SamplesNeeded), p.SignFlip, p.Wins.Probability, p.Wins.Lower, p.Wins.Upper,
				p.LowerBCa, p.UpperBCa, p.Note, p.Protocol, p.First.ConfigHash, p.Second.ConfigHash, c.sentence(p)})
		}
	}
	return t
}

func finiteCell(x float64) any {
	if math.IsInf(x, 0) {
		return nil
	}
	return x
}

// count is nil where a number that can't be 0 is not known.
func count(n int) any {
	if n == 0 {
		return nil
	}
	return n
}
