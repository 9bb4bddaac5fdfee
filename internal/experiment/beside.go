package experiment

import (
	"context"
	"errors"
	"fmt"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// Beside measures an imported run on the data and by the protocols of a study,
// as a run of that study under the same name of a method. Images keep the size
// and the normalization that its network wants. The weights are read from their
// file again. A study that has the run already keeps it; its number is 0 then.
func (r *Runner) Beside(ctx context.Context, run store.Run, study *Study) (*Outcome, error) {
	of := &study.Plans[0].Spec
	name := run.Method + "@" + study.Name
	if run.Study == study.Name {
		name = run.Name
	}
	switch there, err := r.Store.FindRun(ctx, name); {
	case err == nil && there.Study == study.Name && there.Imported:
		known, err := r.Store.Evaluations(ctx, there.ID)
		if err != nil || len(known) > 0 {
			return &Outcome{Run: there.Name, Status: there.Status}, err
		}
		return r.Evaluate(ctx, there.ID, Changes{})
	case err == nil:
		return nil, fmt.Errorf("another run is called %s already", name)
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	doc, err := Recorded(ctx, r.Store, run)
	if err != nil {
		return nil, err
	}
	plan, err := r.Catalog.Resolve(doc.Without("method", "train", "preset", "views.recipe"), Defaults())
	if err != nil {
		return nil, err
	}
	plan.Spec.Study, plan.Spec.Seed, plan.Spec.Seeds = study.Name, of.Seed, of.Seeds
	plan.Spec.Dataset, plan.Dataset = of.Dataset, study.Plans[0].Dataset
	plan.Spec.Eval, plan.Others = of.Eval, study.Plans[0].Others
	from, err := r.Store.ImportOf(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	imported, err := r.importAs(ctx, plan, name, run.Method, from.Method, from.License)
	if err != nil {
		return nil, err
	}
	return r.Evaluate(ctx, imported.ID, Changes{})
}
