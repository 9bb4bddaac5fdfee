package ablate

import (
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Record is the ablation as the store keeps it: with the settings of the runs of
// its study.
func (a *Ablation) Record(name string, d Design, study *experiment.Study) store.Ablation {
	r := store.Ablation{
		Study: name, First: a.Sides[0].Name, Second: a.Sides[1].Name, Orders: d.Orders, AllOrders: d.AllOrders,
	}
	for _, f := range a.Factors {
		r.Factors = append(
			r.Factors, store.AblationFactor{Name: f.Name, First: f.First, Second: f.Second, Settings: f.Settings, Why: f.Why},
		)
	}
	for corner, why := range a.Illegal {
		r.Corners = append(r.Corners, store.AblationCorner{Number: corner, Label: a.Label(corner), Illegal: why})
	}
	for i, corner := range d.Corners { // the first plans are those of the first seed
		r.Corners[corner].ConfigHash = study.Plans[i].ConfigHash()
	}
	return r
}
