package ablate

import "github.com/kontrast-ml/kontrast/internal/store"

// Record is the ablation as the store keeps it, with the hashes of the
// configurations of its study's corners, in the order of the design.
func (a *Ablation) Record(name string, d Design, hashes []string) store.Ablation {
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
	for i, corner := range d.Corners {
		r.Corners[corner].ConfigHash = hashes[i]
	}
	return r
}
