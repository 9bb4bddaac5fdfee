package experiment

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/embed"
	"github.com/kontrast-ml/kontrast/framework/loader"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/store"
	"github.com/kontrast-ml/kontrast/framework/train"
)

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
