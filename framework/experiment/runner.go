package experiment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/embed"
	"github.com/kontrast-ml/kontrast/framework/loader"
	"github.com/kontrast-ml/kontrast/framework/nn"
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

// session is the state of one run in this process.
type session struct {
	*Runner
	plan     *Plan
	writer   *store.RunWriter
	log      *zap.Logger
	images   *images
	method   framework.Method // nil for a baseline
	captions *captions        // nil unless the method learns from captions
	backbone framework.Backbone
	store    *model.Store
	features *embed.Network // of the backbone
	saves    train.Checkpoints
}

// open makes what training and evaluation share.
func (r *Runner) open(ctx context.Context, plan *Plan, writer *store.RunWriter) (*session, error) {
	s := &session{Runner: r, plan: plan, writer: writer, log: r.Log.With(zap.String("run", writer.Name)), store: model.NewStore()}
	var err error
	if s.images, err = openImages(ctx, plan, r.Data); err != nil {
		return nil, err
	}
	if plan.Spec.Method.Name != Untrained {
		if s.method, err = plan.Method.New(plan.Spec.Method.Params); err != nil {
			return nil, fmt.Errorf("method %s: %w", plan.Spec.Method.Name, err)
		}
	}
	if s.captions, err = s.openCaptions(); err != nil {
		return nil, err
	}
	if s.backbone, err = plan.Backbone.New(plan.Spec.Backbone.Params, s.images.size, 3); err != nil {
		return nil, err
	}
	if err := nn.SetSeed(s.store, plan.Spec.Seed); err != nil {
		return nil, err
	}
	s.features, err = embed.New(r.Backend, s.store, func(online *model.Scope, images *graph.Node) *graph.Node {
		return s.backbone.Embed(online.At("backbone"), images)
	})
	if err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	s.saves = r.checkpoints(writer.Name)
	s.saves.Keep = plan.Spec.Train.Checkpoint.Keep
	s.saves.Info = map[string]string{"config": string(config.Canonical(plan.Spec)), "run": writer.Name}
	return s, nil
}

func (s *session) close() {
	s.features.Close()
	s.store.Finalize()
}

// restore loads the latest whole checkpoint.
func (s *session) restore() (steps int, err error) {
	steps, skipped, err := s.saves.Restore(s.store)
	for _, reason := range skipped {
		s.log.Warn("checkpoint passed over", zap.Error(reason))
	}
	return steps, err
}

// train trains the plan's method from the latest checkpoint on, or from the beginning.
func (r *Runner) train(ctx context.Context, plan *Plan, writer *store.RunWriter, outcome *Outcome) error {
	s, err := r.open(ctx, plan, writer)
	if err != nil {
		return err
	}
	defer s.close()
	steps, err := s.restore()
	if err != nil {
		return err
	}
	batches, err := s.images.train(plan.Spec)
	if err != nil {
		return err
	}
	length := framework.Length{Epochs: plan.Spec.Train.Epochs, StepsPerEpoch: batches.StepsPerEpoch(), BatchSize: plan.Spec.Train.BatchSize}
	stepper, err := s.stepper(length)
	if err != nil {
		return err
	}
	defer stepper.Close()
	recorder := &recorder{session: s, outcome: outcome, length: length}
	loop := train.Loop{
		Stepper: stepper, Config: plan.Spec.Train, Checkpoints: s.saves, Batches: batches.Batches, Now: r.Now, Observer: recorder,
	}
	if s.captions != nil {
		loop.Captions = s.captions.tokens
	}
	if r.Progress != nil {
		r.Progress.Begin(writer.Name, steps, length.Steps())
	}
	err = loop.Run(ctx, steps)
	if r.Progress != nil {
		r.Progress.End(err)
	}
	s.reportFailures(batches)
	return err
}

// stepper makes the training step of the plan.
func (s *session) stepper(length framework.Length) (*train.Stepper, error) {
	spec := s.plan.Spec
	optimizer, err := spec.Train.Optimizer.New()
	if err != nil {
		return nil, err
	}
	schedules, err := spec.Train.Schedules(length)
	if err != nil {
		return nil, err
	}
	if scheduler, ok := s.method.(framework.Scheduler); ok {
		for name, schedule := range scheduler.Schedules(length) {
			if _, taken := schedules[name]; taken && name != train.WeightDecay { // DINO schedules it itself
				return nil, fmt.Errorf("method %s: its schedule %q has the name of one that every training has; use another", spec.Method.Name, name)
			}
			schedules[name] = schedule
		}
	}
	return train.NewStepper(train.Setup{
		Backend: s.Backend, Store: s.store, Name: spec.Method.Name, Method: s.method, Backbone: s.backbone,
		Optimizer: optimizer, Schedules: schedules, Length: length, Samples: s.images.training.Len(), Seed: spec.Seed,
		Group: spec.Train.Optimizer.Group, Clip: spec.Train.Optimizer.Clip,
	})
}

// reportFailures tells of images that could not be read.
func (s *session) reportFailures(from *loader.Loader) {
	failures := from.Failures()
	if failures.Count == 0 {
		return
	}
	s.log.Warn("images could not be read and were replaced by others",
		zap.Int("count", failures.Count), zap.Errors("first", failures.First))
}
