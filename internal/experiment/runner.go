// Package experiment turns a configuration into a recorded run. Catalog.Resolve
// makes a Plan of a configuration: it finds the method, the backbone and the data
// set by name and checks all settings. Runner, in this file, carries a plan out:
//
//	Run       train, evaluate the frozen backbone, store every number
//	Resume    the same for a run that was interrupted, from its latest checkpoint
//	Baseline  evaluate the untrained backbone, or the pixels
//	Evaluate  evaluate the latest checkpoint again, by other protocols
//
// What training and evaluation of one run share (images, method, backbone,
// variables) is a session (session.go). Study makes the runs of a comparison.
package experiment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// Runner carries out plans and records in the store what they gave and how they
// ended. One Runner serves a process. Progress, Versions and Commit may be left out.
type Runner struct {
	Catalog Catalog
	Backend compute.Backend
	On      backend.Info // what the backend is
	Store   *store.Store
	Log     *zap.Logger
	Now     func() time.Time // the clock
	Data    data.Env
	// Folder is where runs keep their checkpoints, each in a folder of its own name.
	Folder string
	// Progress is told how far runs are; nil for silence.
	Progress Progress
	// Versions are those of the software, Commit that of the program, stored with each run.
	Versions map[string]string
	Commit   string
	// Memory is how much there is, in bytes, for a training; 0 if unknown.
	Memory int64
	// Crew makes the runs of studies in other processes; nil to make them in this one, one after another.
	Crew Crew
	// Saving is called before a checkpoint of a run is written, when all of it up to that step is recorded; nil for
	// nothing.
	Saving func(ctx context.Context, run, steps int64) error
	// Alone says that no other process makes runs of this database or keeps checkpoints in the folder, whatever they
	// seem to say. One that has lost a run may still write some: those ahead of what is recorded are not used.
	Alone bool

	said sync.Map // of warnings, which are given once a process
	seen sights   // of data sets
}

// Outcome is what a run came to.
type Outcome struct {
	Run     string // its name in the store
	ID      int64
	Status  store.Status
	Results []*eval.Result // of the last evaluation
	Data    string         // what it was trained and tested on, in a line
}

// Run trains and evaluates a plan as a new run. Where the data, the method or
// the backbone can't be made no run is recorded, and the outcome is nil.
func (r *Runner) Run(ctx context.Context, plan *Plan) (*Outcome, error) {
	return r.make(ctx, plan, nil)
}

// begin opens the session of a new run that is to be evaluated.
func (r *Runner) begin(ctx context.Context, plan *Plan, in *place) (*session, error) {
	session, err := r.openNew(ctx, plan, in)
	if err != nil {
		return nil, err
	}
	if err := session.checkEvaluations(ctx); err != nil {
		session.close()
		return nil, err
	}
	return session, nil
}

// make is Run, in a place of a study unless that is nil: if another run has the
// place the error is [store.ErrRunning] or [store.ErrEnded].
func (r *Runner) make(ctx context.Context, plan *Plan, in *place) (*Outcome, error) {
	session, err := r.begin(ctx, plan, in)
	if err != nil {
		return nil, err
	}
	defer session.close()
	writer, err := session.create(ctx, plan.Method.Name, in)
	if err != nil {
		return nil, err
	}
	return session.finish(
		ctx, writer, func(outcome *Outcome) error { return session.train(ctx, outcome, train.Position{}) },
	)
}

// Resume continues a run that did not finish, from its latest checkpoint. If its
// training is complete, or it is a baseline, only the evaluation is made. The
// changes may say where its data are, not what its numbers are.
func (r *Runner) Resume(ctx context.Context, id int64, changes Changes) (*Outcome, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := r.computesOn(run.Backend); err != nil {
		return nil, err
	}
	session, err := r.reopened(ctx, run, changes)
	if err != nil {
		return nil, err
	}
	defer session.close()
	if run.Imported {
		return nil, refusal{
			fmt.Errorf("run %s is imported: there is no training to resume", run.Name), "measure it: kontrast eval " + run.Name,
		}
	}
	if baseline.Is(run.Method) {
		writer, err := r.Store.ReopenRun(ctx, id, store.Reopening{TakeOver: changes.TakeOver})
		if err != nil {
			return nil, err
		}
		return session.finish(ctx, writer, func(outcome *Outcome) error { return session.evaluateOnly(ctx, outcome, 0) })
	}
	if err := session.own(ctx, run); err != nil {
		return nil, err
	}
	at, err := session.restore()
	if err != nil {
		return nil, err
	}
	if at.Steps < session.length().Steps() { // else only the evaluation is left
		if err := session.checkMemory(); err != nil {
			return nil, err
		}
	}
	if at.Steps == 0 && run.Step > 0 {
		r.Log.Warn("no checkpoint was found: the run starts again from step 0",
			zap.String("run", run.Name), zap.String("folder", session.saves.Folder))
	}
	writer, err := r.Store.ReopenRun(ctx, id, store.Reopening{Step: int64(at.Steps), TakeOver: changes.TakeOver})
	if err != nil {
		return nil, err
	}
	return session.finish(ctx, writer, func(outcome *Outcome) error {
		if session.otherData != "" {
			detail := "the training continues with data that are not those it began with"
			if err := session.alarm(ctx, train.Alarm{Step: at.Steps, Kind: dataChangedKind, Detail: detail}); err != nil {
				return err
			}
		}
		return session.train(ctx, outcome, at)
	})
}

// Baseline evaluates the plan's backbone as initialized from its seed, as a run of its own.
func (r *Runner) Baseline(ctx context.Context, plan *Plan) (*Outcome, error) {
	return r.makeBaseline(ctx, plan.untrained(), nil)
}

// makeBaseline is Baseline of a plan that is one's, as make is Run.
func (r *Runner) makeBaseline(ctx context.Context, plan *Plan, in *place) (*Outcome, error) {
	session, err := r.begin(ctx, plan, in)
	if err != nil {
		return nil, err
	}
	defer session.close()
	writer, err := session.create(ctx, plan.Spec.Method.Name, in)
	if err != nil {
		return nil, err
	}
	return session.finish(ctx, writer, func(outcome *Outcome) error { return session.evaluateOnly(ctx, outcome, 0) })
}

// evaluateOnly is the work of a run that trains nothing.
func (s *session) evaluateOnly(ctx context.Context, outcome *Outcome, steps int) (err error) {
	s.show(outcome.Run, 0, 0)
	outcome.Results, err = s.evaluate(ctx, steps)
	s.progress.End(err)
	return err
}

// Evaluate evaluates the latest checkpoint of an ended run, or the untrained
// backbone of a baseline, by the protocols of its settings as the changes have
// them, such as "eval.knn.k=20", and adds the numbers to the run.
func (r *Runner) Evaluate(ctx context.Context, id int64, changes Changes) (*Outcome, error) {
	run, err := r.Store.Run(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := r.computesOn(run.Backend); err != nil {
		return nil, err
	}
	changes.otherPrompts = slices.ContainsFunc(changes.Set, func(assignment string) bool {
		return strings.HasPrefix(assignment, promptsSetting+"=")
	})
	session, at, err := r.trained(ctx, run, changes)
	if err != nil {
		return nil, err
	}
	defer session.close()
	outcome := &Outcome{
		Run: run.Name, ID: run.ID, Status: run.Status, Data: session.images.summary(session.plan.Spec.Dataset.Name),
	}
	outcome.Results, err = session.evaluate(ctx, at.Steps)
	return outcome, err
}
