package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/store"
	"github.com/kontrast-ml/kontrast/framework/train"
)

// Runner makes runs. One serves a process.
type Runner struct {
	Catalog Catalog
	Backend compute.Backend
	Store   *store.Store
	Log     *zap.Logger
	Now     func() time.Time
	Data    data.Env
	// Folder is where runs keep their checkpoints, each in a folder of its own name.
	Folder string
	// Progress is told how far runs are; nil for silence.
	Progress Progress
	// Versions are those of the software, Commit that of the program, stored with each run.
	Versions map[string]string
	Commit   string
}

// Progress shows a person how far a run is.
type Progress interface {
	// Begin announces a run of that many steps, of which some may be made already.
	Begin(run string, steps, total int)
	// Step reports a step.
	Step(step int, measures train.Measures)
	// Scores reports an evaluation.
	Scores(step int, scores []Score)
	// End announces that the run has ended.
	End(err error)
}

// Untrained is the method name of runs that evaluate a backbone as initialised: the baseline.
const Untrained = "untrained"

// Outcome is what a run came to.
type Outcome struct {
	Run    string // its name in the store
	ID     int64
	Status store.Status
	Scores []Score // of the last evaluation
}

// Run trains and evaluates a plan as a new run.
func (r *Runner) Run(ctx context.Context, plan *Plan) (*Outcome, error) {
	writer, err := r.Store.CreateRun(ctx, r.info(plan, plan.Method.Name))
	if err != nil {
		return nil, err
	}
	return r.finish(ctx, writer, func(outcome *Outcome) error {
		if err := r.checkpoints(writer.Name).Clear(); err != nil {
			return err
		}
		return r.train(ctx, plan, writer, outcome)
	})
}

// Resume goes on with a run that was interrupted, lost or killed, from its latest checkpoint.
func (r *Runner) Resume(ctx context.Context, id int64) (*Outcome, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	plan, err := r.stored(run)
	if err != nil {
		return nil, err
	}
	steps, err := r.checkpoints(run.Name).Latest()
	if err != nil {
		return nil, err
	}
	writer, err := r.Store.ReopenRun(ctx, id, int64(steps))
	if err != nil {
		return nil, err
	}
	return r.finish(ctx, writer, func(outcome *Outcome) error { return r.train(ctx, plan, writer, outcome) })
}

// Baseline evaluates the plan's backbone as initialised from its seed, as a run of its own.
func (r *Runner) Baseline(ctx context.Context, plan *Plan) (*Outcome, error) {
	writer, err := r.Store.CreateRun(ctx, r.info(plan.baseline(), Untrained))
	if err != nil {
		return nil, err
	}
	return r.finish(ctx, writer, func(outcome *Outcome) error {
		session, err := r.open(ctx, plan.baseline(), writer)
		if err != nil {
			return err
		}
		defer session.close()
		outcome.Scores, err = session.evaluate(ctx, 0)
		return err
	})
}

// baseline is the plan as it is stored for the untrained backbone: without
// what only a training has.
func (p *Plan) baseline() *Plan {
	untrained := *p
	untrained.Spec.Method = config.Choice{Name: Untrained}
	untrained.Spec.Train = train.Config{}
	untrained.Spec.Preset = ""
	untrained.Spec.Views = Views{Size: p.Spec.Views.Size, Normalization: p.Spec.Views.Normalization}
	return &untrained
}

// Evaluate evaluates the latest checkpoint of an ended run by the protocols of
// the given settings, and adds the numbers to the run.
func (r *Runner) Evaluate(ctx context.Context, id int64, settings Eval) (*Outcome, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	plan, err := r.stored(run)
	if err != nil {
		return nil, err
	}
	plan.Spec.Eval = settings
	writer, err := r.Store.AppendRun(ctx, id)
	if err != nil {
		return nil, err
	}
	defer writer.Close(ctx)
	session, err := r.open(ctx, plan, writer)
	if err != nil {
		return nil, err
	}
	defer session.close()
	steps, err := session.restore()
	if err != nil {
		return nil, err
	}
	outcome := &Outcome{Run: run.Name, ID: run.ID, Status: run.Status}
	outcome.Scores, err = session.evaluate(ctx, steps)
	return outcome, err
}

// finish runs the work of a run and records how it ended.
func (r *Runner) finish(ctx context.Context, writer *store.RunWriter, work func(*Outcome) error) (*Outcome, error) {
	outcome := &Outcome{Run: writer.Name, ID: writer.ID}
	r.Log.Info("run begins", zap.String("run", writer.Name))
	err := work(outcome)
	outcome.Status = statusOf(ctx, err)
	r.Log.Info("run ends", zap.String("run", writer.Name), zap.String("status", string(outcome.Status)), zap.Error(err))
	if outcome.Status == store.Finished {
		return outcome, writer.Finish(ctx, store.Finished, nil)
	}
	return outcome, errors.Join(err, writer.Finish(ctx, outcome.Status, err))
}

// statusOf says how a run ended that returned err.
func statusOf(ctx context.Context, err error) store.Status {
	switch {
	case err == nil:
		return store.Finished
	case errors.Is(err, train.ErrInterrupted), ctx.Err() != nil:
		return store.Interrupted
	case errors.Is(err, train.ErrNotFinite):
		return store.Stopped
	}
	return store.Failed
}

// without are the keys that the configuration's hash leaves out: what a
// comparison varies by itself, and what changes no number.
var without = []string{"seed", "study", "train.workers", "train.checkpoint"}

// info describes the run for the store.
func (r *Runner) info(plan *Plan, method string) store.RunInfo {
	spec := plan.Spec
	provenance := plan.Method.Provenance()
	return store.RunInfo{
		Study: spec.Study, Method: method, Backbone: spec.Backbone.Name, Dataset: spec.Dataset.Name, Seed: spec.Seed,
		Config: json.RawMessage(config.Canonical(spec)), ConfigHash: config.Hash(spec, without...),
		Engine: r.Backend.Description(), Versions: r.Versions, GitCommit: r.Commit,
		MethodModule: provenance.Module, MethodVersion: provenance.Version,
	}
}

// stored makes the plan of a run from the configuration it was stored with.
func (r *Runner) stored(run store.Run) (*Plan, error) {
	if run.Method == Untrained {
		return nil, fmt.Errorf("run %s is a baseline of an untrained backbone: there is nothing to resume or to evaluate again", run.Name)
	}
	doc, err := config.Parse(fmt.Sprintf("the stored configuration of run %s", run.Name), run.Config)
	if err != nil {
		return nil, err
	}
	return r.Catalog.Resolve(doc, Defaults())
}

func (r *Runner) checkpoints(run string) train.Checkpoints {
	return train.Checkpoints{Folder: filepath.Join(r.Folder, run)}
}
