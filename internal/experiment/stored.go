package experiment

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// stored makes the plan of a run from the configuration it was stored with,
// which must be the one it was recorded with, and changes to it, such as
// "dataset.path=images".
func (r *Runner) stored(ctx context.Context, run store.Run, set ...string) (*Plan, error) {
	doc, err := located(ctx, r.Store, run, set)
	if err != nil {
		return nil, err
	}
	return r.changed(doc, run, set)
}

// Recorded is the configuration of a recorded run, with paths that lead from
// this process's folder.
func Recorded(ctx context.Context, s *store.Store, run store.Run) (*config.Document, error) {
	return located(ctx, s, run, nil)
}

func located(ctx context.Context, s *store.Store, run store.Run, set []string) (*config.Document, error) {
	known, err := s.Data(ctx, run.ID)
	if err != nil {
		return nil, err
	}
	doc, err := recorded(run.RunInfo, known.Identity())
	if err != nil {
		return nil, err
	}
	return doc, relocate(s, doc, run, set)
}

// changed makes the plan of a run from its configuration and changes to it.
func (r *Runner) changed(doc *config.Document, run store.Run, set []string) (*Plan, error) {
	if err := doc.Set(set...); err != nil {
		return nil, err
	}
	if !baseline.Is(run.Method) && !run.Imported {
		return r.Catalog.Resolve(doc, Defaults())
	}
	untrained := doc.Without("train", "preset", "views.recipe")
	stored := Defaults()
	if err := config.Decode(untrained.Root(), &stored); err != nil {
		return nil, err
	}
	plan, err := r.Catalog.Resolve(untrained.Without("method"), Defaults())
	if err != nil {
		return nil, err
	}
	if run.Imported { // the weights are in its checkpoint
		plan.preprocessing = plan.published()
		if plan.Weights != nil && plan.Weights.Merges != "" {
			plan.texts = plan.Weights
		}
		plan.Weights = nil
		return plan.frozen(config.Choice{Name: run.Method}), nil
	}
	if err := chooseBaseline(&stored.Method); err != nil {
		return nil, err
	}
	return plan.baseline(stored.Method), nil
}

// recorded reads the stored configuration of a run on data of an identity, and
// finds out if it is not the one that was recorded, as after somebody has changed it.
func recorded(run store.RunInfo, identity store.Identity) (*config.Document, error) {
	doc, err := config.Parse(fmt.Sprintf("the stored configuration of run %s", run.Name), run.Config)
	if err != nil {
		return nil, err
	}
	var seeded struct {
		Seed uint64 `json:"seed"`
	}
	if err := json.Unmarshal(run.Config, &seeded); err != nil {
		return nil, fmt.Errorf("the stored configuration of run %s: %w", run.Name, err)
	}
	hash, err := store.ConfigHash(run.Config, identity)
	if err != nil {
		return nil, err
	}
	if hash != run.ConfigHash || seeded.Seed != run.Seed {
		return nil, fmt.Errorf("the stored configuration of run %s is not the one it was recorded with: it does not fit "+
			"config_hash and seed; "+
			"put the old one back, or make a new run", run.Name)
	}
	return doc, nil
}

// The keys of what a checkpoint says of its run, beside its position.
const (
	nameKey   = "run"
	uuidKey   = "run_uuid"
	configKey = "config"
)

// renamed are settings that older checkpoints have under other names, as
// migrations of the database have renamed them.
var renamed = strings.NewReplacer(`"colours":`, `"colors":`, `"centre_momentum":`, `"center_momentum":`)

// own makes the session's checkpoints those of a run, and refuses others.
func (s *session) own(ctx context.Context, run store.Run) (err error) {
	s.saves, err = s.checkpoints(ctx, run, cmp.Or(int(run.Steps), s.length().Steps()))
	s.saves.Keep = s.plan.Spec.Train.Checkpoint.Keep
	return err
}

// checkpoints are those of a run of so many planned steps, 0 if unknown.
func (r *Runner) checkpoints(ctx context.Context, run store.Run, planned int) (saves train.Checkpoints, err error) {
	known, err := r.Store.Data(ctx, run.ID)
	if err != nil {
		return saves, err
	}
	name := run.Name
	if name != filepath.Base(name) || !filepath.IsLocal(name) || name == "." {
		return saves, fmt.Errorf(
			"run %q: its name leads out of %s, where its checkpoints belong; give it a plain name", name, r.Folder,
		)
	}
	if !r.Alone {
		if err := ownFolder(ctx, r.Folder, r.Store); err != nil {
			return saves, err
		}
	}
	saves = train.Checkpoints{
		Folder: filepath.Join(r.Folder, name),
		Info:   map[string]string{configKey: string(run.Config), nameKey: name, uuidKey: run.UUID},
	}
	saves.Accept = func(info map[string]string, steps int) error {
		// A merge may have given the run another name; older checkpoints have no UUID.
		if was := info[uuidKey]; was != "" && was != run.UUID || was == "" && info[nameKey] != name {
			return fmt.Errorf("it is of run %q (%s), and this is %q (%s)", info[nameKey], was, name, run.UUID)
		}
		own := store.RunInfo{
			Name: name, Seed: run.Seed, ConfigHash: run.ConfigHash, Config: []byte(renamed.Replace(info[configKey])),
		}
		if _, err := recorded(own, known.Identity()); err != nil {
			return errors.New("it was made with another configuration or seed")
		}
		if planned > 0 && steps > planned {
			return fmt.Errorf("it was made after %d steps, and the run has %d", steps, planned)
		}
		if r.Alone && int64(steps) > run.Step {
			return fmt.Errorf("%w: its step is %d, and the last recorded one %d", train.ErrAhead, steps, run.Step)
		}
		return nil
	}
	return saves, nil
}
