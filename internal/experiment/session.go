package experiment

import (
	"cmp"
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// session is the state of one run in this process.
type session struct {
	*Runner
	progress RunProgress // of the run under way
	plan     *Plan
	images   *images
	batches  *loader.Loader   // of the training; nil for a baseline
	method   framework.Method // nil for a baseline
	captions *captions        // nil unless the method learns from captions
	backbone framework.Backbone
	store    *model.Store
	features *embed.Network  // of the backbone
	loaded   map[string]bool // variables of the checkpoint that was restored; nil for none

	name   string        // that its run gets; empty for one of its method and number
	from   *store.Import // whose weights the backbone starts from; nil for those of the seed
	parent string        // UUID of the run whose training goes on; empty for none
	// what is stored of the plan, where the session's own has what was recorded filled in; nil for all
	stored    *Plan
	data      store.Data          // that the session sees
	recorded  store.Data          // that the run was made with; empty for a new one
	allowed   bool                // whether they may differ
	fixed     *data.Normalization // that imported weights want of any images; nil for that of the images
	otherData string              // what protocols say of data that do; empty where they don't

	// Set when the run is recorded.
	writer *store.RunWriter
	log    *zap.Logger
	saves  train.Checkpoints
	unread map[string]int // how many samples of a split were said to be unreadable
}

// open makes what training and evaluation share. It needs no recorded run, so
// that a data set that can't be read leaves none behind. It is fresh for a new
// run, which is refused if the machine has not the memory for its training.
func (r *Runner) open(ctx context.Context, plan *Plan, fresh bool) (*session, error) {
	s := &session{Runner: r, progress: silence{}, plan: plan, store: model.NewStore()}
	if err := s.fill(ctx, fresh); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// show announces the session's run.
func (s *session) show(run string, steps, total int) {
	s.progress = cmp.Or[Progress](s.Progress, silence{}).Begin(run, steps, total)
}

func (s *session) fill(ctx context.Context, fresh bool) (err error) {
	spec := s.plan.Spec
	if s.images, err = openSplits(ctx, s.plan, s.Data); err != nil {
		return err
	}
	for _, split := range []data.Dataset{s.images.training, s.images.test} {
		for _, note := range data.NotesOf(split) {
			s.Runner.warn(s.Log, note)
		}
	}
	if s.images.sizeNote != "" {
		s.Runner.warn(s.Log, s.images.sizeNote)
	}
	if !s.plan.Frozen {
		if s.method, err = s.plan.Method.New(spec.Method.Params); err != nil {
			return fmt.Errorf("method %s: %w", spec.Method.Name, err)
		}
		if s.plan.Method.Supervised && s.images.classes < 2 {
			return fmt.Errorf("method %s learns from labels, and the data set %s has %d classes; choose one with classes or "+
				"another method", spec.Method.Name, spec.Dataset.Name, s.images.classes)
		}
		if err := spec.Eval.FineTune.Suits(s.method); err != nil { // before the training
			return fmt.Errorf("eval.fine_tune: %w", err)
		}
	}
	if s.captions, err = s.openCaptions(); err != nil {
		return err
	}
	if err := s.makeBackbone(); err != nil {
		return err
	}
	if fresh { // what follows may read thousands of images
		if err := s.checkMemory(); err != nil {
			return err
		}
	}
	if err := s.images.normalize(ctx, s.plan); err != nil {
		return err
	}
	if err := s.makeBackbone(); err != nil { // which may depend on it
		return err
	}
	if s.data, err = s.images.identify(ctx); err != nil {
		return err
	}
	if s.data.Contents, _, err = s.plan.contents(ctx, s.Data); err != nil {
		return err
	}
	if s.method != nil {
		if s.batches, err = s.images.train(spec); err != nil {
			return err
		}
	}
	if err := nn.SetSeed(s.store, or(spec.Seeds.Weights, spec.Seed)); err != nil {
		return err
	}
	if s.plan.Weights != nil {
		if err := s.startFromWeights(); err != nil {
			return err
		}
	}
	if fitted, ok := s.backbone.(*principal); ok {
		if err := fitted.fit(ctx, s); err != nil {
			return err
		}
	}
	s.features, err = embed.New(s.Backend, s.store, func(online *model.Scope, images *graph.Node) *graph.Node {
		embedded := s.backbone.Embed(online.At("backbone"), images)
		if s.loaded != nil {
			if err := train.Complete(s.store, s.loaded); err != nil {
				panic(err)
			}
		}
		return embedded
	})
	if err != nil {
		return fmt.Errorf("backbone: %w", err)
	}
	return nil
}

// makeBackbone makes what is trained and evaluated.
func (s *session) makeBackbone() error {
	backbone, err := s.plan.network(s.images.size)
	if err == nil {
		s.backbone = framework.Adapted(s.method, backbone, s.images.normalization)
	}
	return err
}

func (s *session) close() {
	if s.features != nil {
		s.features.Close()
	}
	s.store.Finalize()
}
