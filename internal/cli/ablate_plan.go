package cli

import (
	"fmt"
	"io"
	"math"

	"github.com/kontrast-ml/kontrast/internal/ablate"
	"github.com/kontrast-ml/kontrast/internal/report"
)

// ablationPlan is what an ablation runs, and what came of it.
type ablationPlan struct {
	Study        string                   `json:"study"`
	First        string                   `json:"first"`
	Second       string                   `json:"second"`
	Factors      []ablate.Factor          `json:"factors"`
	Alike        string                   `json:"alike,omitempty"`
	Seeds        []uint64                 `json:"seeds"`
	Design       string                   `json:"design"` // factorial or orders
	Runs         int                      `json:"runs"`
	Corners      []string                 `json:"corners"`
	Orders       [][]string               `json:"orders,omitempty"` // of the factors
	Left         []report.LeftData        `json:"left_out"`         // corners that can't be run
	Attributions []report.AttributionData `json:"attributions,omitempty"`

	legal int // corners
}

func planOf(a *ablate.Ablation, d ablate.Design, seeds []uint64, study string) ablationPlan {
	p := ablationPlan{
		Study: study, First: a.Sides[0].Name, Second: a.Sides[1].Name, Factors: a.Factors, Alike: a.Alike, Seeds: seeds,
		Design: "factorial", Runs: len(d.Corners) * len(seeds), Left: []report.LeftData{},
	}
	for corner, why := range a.Illegal {
		if why == "" {
			p.legal++
		} else {
			p.Left = append(p.Left, report.LeftData{Corner: a.Label(corner), Why: why})
		}
	}
	for _, corner := range d.Corners {
		p.Corners = append(p.Corners, a.Label(corner))
	}
	if !d.Full() {
		p.Design = "orders"
	}
	for _, order := range d.Orders {
		var names []string
		for _, f := range order {
			names = append(names, a.Factors[f].Name)
		}
		p.Orders = append(p.Orders, names)
	}
	return p
}

// write says before anything runs what separates the two, and what is run.
func (p ablationPlan) write(w io.Writer, hint string) error {
	t := report.Table{Columns: []string{"factor", "in " + p.First, "in " + p.Second}}
	for _, f := range p.Factors {
		t.Rows = append(t.Rows, []any{f.Name, f.First, f.Second})
	}
	for _, f := range p.Factors {
		if f.Why != "" {
			t.Notes = append(t.Notes, fmt.Sprintf("%s: one factor, since %s", f.Name, f.Why))
		}
	}
	if p.Alike != "" {
		t.Notes = append(t.Notes, p.Alike)
	}
	t.Notes = append(t.Notes, p.counts())
	for i, left := range p.Left {
		if i == 3 {
			t.Notes = append(t.Notes, fmt.Sprintf("  and %d more", len(p.Left)-i))
			break
		}
		t.Notes = append(t.Notes, fmt.Sprintf("  left out: %s: %s", left.Corner, left.Why))
	}
	if hint != "" {
		t.Notes = append(t.Notes, hint)
	}
	return report.Write(w, t, report.Text)
}

// counts says how many runs there are.
func (p ablationPlan) counts() string {
	all := int(math.Pow(2, float64(len(p.Factors))))
	corners := fmt.Sprintf("all %d corners", all)
	switch {
	case p.Design == "orders":
		corners = fmt.Sprintf("%d of %d corners, those of %s of the factors", len(p.Corners), all,
			ablate.Counted(len(p.Orders), "order"))
	case p.legal < all:
		corners = fmt.Sprintf("%d of %d corners, those that can be run", p.legal, all)
	}
	return fmt.Sprintf("%s: %s, with %s: %s, and the untrained backbone", ablate.Counted(len(p.Factors), "factor"),
		corners, ablate.Counted(len(p.Seeds), "seed"), ablate.Counted(p.Runs, "run"))
}
