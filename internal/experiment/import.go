package experiment

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
	"github.com/kontrast-ml/kontrast/internal/weights"
)

// Imported is what an import has made.
type Imported struct {
	Run  string // its name in the store
	ID   int64
	Data string // what it is measured on, in a line
	store.Import
}

// Import makes a run of weights that another program has trained: those that the
// plan's backbone starts from. The run trains nothing; Evaluate measures it as
// any other. Its name stands for its method, too, so that tables tell it from
// runs that were trained here. The method that the weights were trained by, if
// it is given, is recorded in the place of the one that the file tells.
func (r *Runner) Import(ctx context.Context, plan *Plan, name, method, license string) (*Imported, error) {
	if plan.Weights == nil {
		return nil, fmt.Errorf("an import needs a file of weights")
	}
	if slices.Contains(append(r.Catalog.Methods.Names(), baseline.Names()...), name) {
		return nil, refusal{fmt.Errorf("the name %q is a method's, and tables could not tell the two apart", name),
			"choose another with --as, such as --as " + name + "-imagenet"}
	}
	return r.importAs(ctx, plan, name, name, method, license)
}

// importAs is Import of a run whose name is not what stands for its method.
func (r *Runner) importAs(
	ctx context.Context, plan *Plan, name, label, method, license string,
) (*Imported, error) {
	plan = plan.frozen(config.Choice{Name: label})
	plan.Spec.Backend = backend.Kind(r.On.Kind)
	plan.preprocessing = plan.published()
	session, err := r.openNew(ctx, plan, nil)
	if err != nil {
		return nil, err
	}
	defer session.close()
	session.name = name
	writer, err := session.create(ctx, label, nil)
	if err != nil {
		return nil, err
	}
	from := *session.from
	from.Method, from.License = cmp.Or(method, from.Method), license
	outcome, err := session.finish(ctx, writer, func(*Outcome) error {
		if err := session.saves.Clear(); err != nil {
			return err
		}
		if err := writer.SetImport(ctx, from); err != nil {
			return err
		}
		if _, err := session.saves.Save(session.store, train.Position{}); err != nil {
			return err
		}
		return session.recordCheckpoint(ctx)
	})
	if err != nil {
		return nil, err
	}
	return &Imported{Run: outcome.Run, ID: outcome.ID, Data: outcome.Data, Import: from}, nil
}

// importOf is what the store keeps of a file that was fitted to a backbone.
func importOf(source *weights.Source, fitted *weights.Fitted, path string) *store.Import {
	n := source.Network
	return &store.Import{
		Source: path, SHA256: source.SHA256, Bytes: source.Bytes, Format: string(source.Format),
		Layout: n.Layout, Network: n.Role, Method: n.Method,
		Taken: fitted.Taken, LeftOut: fitted.LeftOut, Positions: fitted.Positions,
	}
}
