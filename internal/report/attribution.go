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

// HeadlineAttributions are those of the metric or, without one, of the metrics
// that protocols are known by; all if there are none of them.
func HeadlineAttributions(all []compare.Attribution, metric string) []compare.Attribution {
	of := func(keep func(metric string) bool) (kept []compare.Attribution) {
		for _, a := range all {
			if keep(a.Metric) {
				kept = append(kept, a)
			}
		}
		return kept
	}
	if metric != "" {
		return of(func(m string) bool { return m == metric })
	}
	if known := of(func(m string) bool { return slices.Contains(first, m) }); len(known) > 0 {
		return known
	}
	return all
}

// WriteAttributions says of each attribution what every factor contributes, as a
// waterfall, for people.
func WriteAttributions(w io.Writer, all []compare.Attribution) error {
	for _, a := range all {
		seeds := fmt.Sprintf("%d seeds", len(a.Seeds))
		if len(a.Seeds) == 1 {
			seeds = "1 seed"
		}
		heading := fmt.Sprintf("what makes the difference between %s and %s, by %s %s on %s, %s:",
			a.First, a.Second, a.Kind, a.Metric, a.Dataset, seeds)
		if err := Write(w, Table{Notes: []string{"", heading}}, Text); err != nil {
			return err
		}
		if err := Write(w, waterfall(a), Text); err != nil {
			return err
		}
		if err := Write(w, Table{Notes: attributionNotes(a)}, Text); err != nil {
			return err
		}
	}
	return nil
}

func waterfall(a compare.Attribution) Table {
	percent := a.Unit == "fraction"
	t := Table{Columns: []string{"factor", "from", "to", "adds", "Holm p", "changed first", "changed last", "waterfall"}}
	low, high := min(a.FirstMean, a.SecondMean), max(a.FirstMean, a.SecondMean)
	at := a.FirstMean
	for _, s := range a.Factors {
		at += s.Estimate.Mean
		low, high = min(low, at), max(high, at)
	}
	scale := bars{low, high}
	t.Rows = append(t.Rows, []any{a.First, "", "", Estimate{a.FirstMean, math.NaN(), percent, false}, "", "", "",
		scale.mark(a.FirstMean)})
	at = a.FirstMean
	for _, s := range a.Factors {
		adds := func(x float64) any { return Estimate{x, math.NaN(), percent, true} }
		t.Rows = append(t.Rows, []any{s.Name, s.First, s.Second, Estimate{s.Estimate.Mean, s.HalfWidth(), percent, true},
			probabilityOr(s.Holm),
			adds(s.Added), adds(s.Taken), scale.bar(at, at+s.Estimate.Mean)})
		at += s.Estimate.Mean
	}
	t.Rows = append(t.Rows,
		[]any{a.Second, "", "", Estimate{a.SecondMean, math.NaN(), percent, false}, "", "", "", scale.mark(a.SecondMean)},
		[]any{"difference", "", "", Estimate{a.Total.Estimate.Mean, a.Total.HalfWidth(), percent, true},
			probabilityOr(a.Total.P), "", "", ""})
	return t
}

func probabilityOr(p float64) string {
	if math.IsNaN(p) {
		return "–"
	}
	return probability(p)
}

// bars draws on a scale of characters.
type bars struct{ low, high float64 }

const barWidth = 32

func (b bars) place(x float64) int {
	if b.high <= b.low {
		return 0
	}
	return int(math.Round((x - b.low) / (b.high - b.low) * (barWidth - 1)))
}

func (b bars) mark(x float64) string { return strings.Repeat(" ", b.place(x)) + "│" }

// bar goes from one value to another: full if it adds, hatched if it takes away.
func (b bars) bar(from, to float64) string {
	fill := "█"
	if to < from {
		from, to, fill = to, from, "░"
	}
	first, last := b.place(from), b.place(to)
	if from == to {
		fill = "·"
	}
	return strings.Repeat(" ", first) + strings.Repeat(fill, max(1, last-first))
}

// attributionNotes say what the numbers mean and stand on.
func attributionNotes(a compare.Attribution) []string {
	orders := "all " + strconv.FormatFloat(a.Orders, 'f', 0, 64) + " orders"
	if a.Orders == 1 {
		orders = "the one order"
	}
	notes := []string{
		fmt.Sprintf("adds: what changing the factor adds, averaged over %s in which the factors can change (Shapley's "+
			"value), with the 95 %% interval over the seeds; the factors add up to the difference", orders),
	}
	if a.Sampled {
		notes[0] = fmt.Sprintf("adds: what changing the factor adds, averaged over %.0f of the %.0f orders in which the "+
			"factors can change (an estimate of Shapley's value), with the 95 %% interval over the seeds, which does not hold "+
			"the error of drawing orders; the factors add up to the difference", a.Orders, a.AllOrders)
	}
	if a.LowerIsBetter {
		notes = append(notes, "lower is better: what takes away improves")
	}
	if len(a.Seeds) == 1 {
		notes = append(notes, "one seed has no interval: run more seeds before you trust a share")
	}
	for _, s := range a.Factors {
		if s.Why != "" {
			notes = append(notes, fmt.Sprintf("%s: one factor, since %s", s.Name, s.Why))
		}
	}
	notes = append(notes, interactionNotes(a)...)
	notes = append(notes, leftNotes(a)...)
	if len(a.Waiting) > 0 {
		notes = append(notes, fmt.Sprintf("seeds that do not count, since some corners have no score of them: %s",
			strings.Trim(fmt.Sprint(a.Waiting), "[]")))
	}
	return notes
}

// interactionNotes name the interactions that are told from none, and the
// largest one if there is no such.
func interactionNotes(a compare.Attribution) []string {
	var notes []string
	percent := a.Unit == "fraction"
	for i, s := range a.Interactions {
		if !s.Decided() && (i > 0 || len(notes) > 0) {
			continue
		}
		sentence := fmt.Sprintf("%s and %s together add %v beyond what each adds by itself",
			s.Name, s.Other, Estimate{s.Estimate.Mean, s.HalfWidth(), percent, true})
		if s.Decided() {
			notes = append(notes, fmt.Sprintf("interaction: %s (Holm p %s)", sentence, probability(s.Holm)))
		} else {
			notes = append(notes, fmt.Sprintf("no interaction of two factors is told from none; the largest: %s", sentence))
		}
	}
	return notes
}

// mostLeft are the corners that are named.
const mostLeft = 4

// leftNotes say over which corners an attribution is taken.
func leftNotes(a compare.Attribution) []string {
	if len(a.Left) == 0 {
		return nil
	}
	notes := []string{fmt.Sprintf("taken over %d corners; %d are left out:", a.Corners, len(a.Left))}
	for _, left := range a.Left[:min(mostLeft, len(a.Left))] {
		notes = append(notes, fmt.Sprintf("  %s: %s", left.Label, left.Why))
	}
	if more := len(a.Left) - mostLeft; more > 0 {
		notes = append(notes, fmt.Sprintf("  and %d more", more))
	}
	return notes
}

// AttributionData is an attribution for programs.
type AttributionData struct {
	Dataset       string      `json:"dataset"`
	Kind          string      `json:"kind"`
	Protocol      string      `json:"protocol"`
	Metric        string      `json:"metric"`
	LowerIsBetter bool        `json:"lower_is_better"`
	Seeds         []uint64    `json:"seeds"`
	Corners       int         `json:"corners"`
	Orders        float64     `json:"orders"`
	AllOrders     float64     `json:"all_orders"`
	FirstMean     float64     `json:"first_mean"`
	SecondMean    float64     `json:"second_mean"`
	Difference    ShareData   `json:"difference"`
	Factors       []ShareData `json:"factors"`
	Interactions  []ShareData `json:"interactions"`
	Left          []LeftData  `json:"left_out"`
}

// ShareData is a share for programs; null where there is no number.
type ShareData struct {
	Factor string   `json:"factor,omitempty"`
	Other  string   `json:"other,omitempty"`
	Value  float64  `json:"value"`
	Lower  *float64 `json:"lower"`
	Upper  *float64 `json:"upper"`
	Holm   *float64 `json:"p_holm"`
	Added  *float64 `json:"changed_first,omitempty"`
	Taken  *float64 `json:"changed_last,omitempty"`
}

// LeftData is a corner whose scores did not enter.
type LeftData struct {
	Corner string `json:"corner"`
	Why    string `json:"why"`
}

// AttributionsData are attributions for programs.
func AttributionsData(all []compare.Attribution) []AttributionData {
	made := []AttributionData{}
	for _, a := range all {
		d := AttributionData{
			Dataset: a.Dataset, Kind: a.Kind, Protocol: a.Protocol, Metric: a.Metric,
			LowerIsBetter: a.LowerIsBetter, Seeds: a.Seeds,
			Corners: a.Corners, Orders: a.Orders, AllOrders: a.AllOrders, FirstMean: a.FirstMean, SecondMean: a.SecondMean,
			Difference: shareData(a.Total, false), Factors: []ShareData{}, Interactions: []ShareData{}, Left: []LeftData{},
		}
		for _, s := range a.Factors {
			d.Factors = append(d.Factors, shareData(s, true))
		}
		for _, s := range a.Interactions {
			d.Interactions = append(d.Interactions, shareData(s, false))
		}
		for _, left := range a.Left {
			d.Left = append(d.Left, LeftData{left.Label, left.Why})
		}
		made = append(made, d)
	}
	return made
}

func shareData(s compare.Share, factor bool) ShareData {
	number := func(x float64) *float64 {
		if math.IsNaN(x) {
			return nil
		}
		return &x
	}
	d := ShareData{Factor: s.Name, Other: s.Other, Value: s.Estimate.Mean, Lower: number(s.Lower), Upper: number(s.Upper),
		Holm: number(s.Holm)}
	if factor {
		d.Added, d.Taken = number(s.Added), number(s.Taken)
	}
	return d
}
