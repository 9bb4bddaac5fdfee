package experiment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/eval/embed"
	"github.com/kontrast-ml/kontrast/internal/loader"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/train"
)

// session is the state of one run in this process.
type session struct {
	*Runner
	progress Progress
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
	data      store.Data // that the session sees
	recorded  store.Data // that the run was made with; empty for a new one
	allowed   bool       // whether they may differ
	otherData string     // what protocols say of data that do; empty where they don't

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
	s := &session{Runner: r, progress: cmp.Or[Progress](r.Progress, silence{}), plan: plan, store: model.NewStore()}
	if err := s.fill(ctx, fresh); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
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

// embedded embeds the images of a split, not augmented, with the backbone as it
// is. An image that several samples show is there once, under its first sample.
func (s *session) embedded(ctx context.Context, split data.Split, set data.Dataset) (embed.Images, error) {
	return s.embeddedBy(ctx, "", s.images, split, set)
}

// embeddedBy embeds a split of any data set as its images are made for
// evaluation, and records what could not be read. The data set has a name
// unless it is the one trained on.
func (s *session) embeddedBy(
	ctx context.Context, name string, by *images, split data.Split, set data.Dataset,
) (embed.Images, error) {
	images, err := s.embedBy(ctx, by, split, set)
	if err != nil {
		return images, err
	}
	return images, s.recordUnread(ctx, name, split, by)
}

// embedBy is embeddedBy for who records nothing.
func (s *session) embedBy(
	ctx context.Context, by *images, split data.Split, set data.Dataset,
) (images embed.Images, err error) {
	set, samples := data.OnePerImage(set)
	batches, err := by.pass(set, s.plan.Spec)
	if err != nil {
		return images, err
	}
	images, err = s.features.Images(ctx, batches)
	if err == nil && images.Len() == 0 {
		err = fmt.Errorf("none of the %d images of the %s split can be read: %w", set.Len(), split, batches.Failures()[0].Err)
	}
	if err != nil {
		return images, err
	}
	images.Indices = originals(samples, images.Indices)
	return images, err
}

// originals are the samples of a split that rows of [data.OnePerImage] stand for.
func originals(samples, rows []int) []int {
	if samples == nil {
		return rows
	}
	out := make([]int, len(rows))
	for i, row := range rows {
		out[i] = samples[row]
	}
	return out
}

// record makes the session that of a recorded run.
func (s *session) record(writer *store.RunWriter) {
	s.writer = writer
	s.log = s.Log.With(zap.String("run", writer.Name))
}

// length is how long the training is; zero for a baseline.
func (s *session) length() framework.Length {
	if s.batches == nil {
		return framework.Length{}
	}
	spec := s.plan.Spec.Train
	return framework.Length{Epochs: spec.Epochs, StepsPerEpoch: s.batches.StepsPerEpoch(), BatchSize: spec.BatchSize}
}

func (s *session) close() {
	if s.features != nil {
		s.features.Close()
	}
	s.store.Finalize()
}

// restore loads the latest whole checkpoint.
func (s *session) restore() (train.Position, error) {
	at, skipped, err := s.saves.Restore(s.store)
	for _, reason := range skipped {
		s.Log.Warn("a checkpoint can't be used and was skipped", zap.Error(reason))
	}
	if err != nil {
		return at, err
	}
	if variables := train.Variables(s.store); at.Steps > 0 || s.plan.Frozen && hasBackbone(variables) {
		s.loaded = variables
	}
	return at, err
}

// hasBackbone reports whether there is a variable of a backbone among those of a checkpoint.
func hasBackbone(paths map[string]bool) bool {
	for path := range paths {
		if strings.HasPrefix(path, backbonePath) {
			return true
		}
	}
	return false
}

// train trains the plan's method from a position on.
func (s *session) train(ctx context.Context, outcome *Outcome, from train.Position) error {
	if err := s.saves.Sweep(); err != nil {
		return err
	}
	spec, length := s.plan.Spec, s.length()
	stepper, err := s.stepper(length)
	if err != nil {
		return err
	}
	defer stepper.Close()
	loop := train.Loop{
		Stepper: stepper, Config: spec.Train, Checkpoints: s.saves, Batches: s.batches.Batches, Now: s.Now,
		Observer: &recorder{session: s, outcome: outcome, length: length},
	}
	if s.captions != nil {
		loop.Captions = s.captions.tokens
	}
	s.progress.Begin(outcome.Run, from.Steps, length.Steps())
	err = loop.Run(ctx, from)
	s.progress.End(err)
	s.reportDataWait(loop.DataWait(), loop.Waited+loop.Worked)
	return errors.Join(err, s.recordUnread(ctx, "", data.Train, s.images), s.recordCheckpoint(ctx))
}

// A wait for views is worth a warning above this share of the training's time,
// if the training took long enough for the share to mean something.
const (
	slowData   = 0.1
	longEnough = 10 * time.Second
)

// reportDataWait logs the share of its time for which training waited for
// views. It is no metric: those of a run are the same whenever it is repeated.
func (s *session) reportDataWait(share float64, of time.Duration) {
	if share <= slowData || of < longEnough {
		s.log.Info("training waited for views", zap.Float64("data_wait", share))
		return
	}
	s.log.Warn("training waited for views much of its time; smaller views, a simpler recipe or a larger cache_bytes "+
		"would speed it up",
		zap.Float64("data_wait", share))
}

// recordCheckpoint records the file that the weights are in now.
func (s *session) recordCheckpoint(ctx context.Context) error {
	path, err := s.saves.Newest()
	if err != nil || path == "" {
		return err
	}
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	_, err = s.writer.AddArtifact(context.WithoutCancel(ctx), checkpointKind, path)
	return err
}

// stepper makes the training step of the plan.
func (s *session) stepper(length framework.Length) (*train.Stepper, error) {
	spec := s.plan.Spec
	optimizer, err := spec.Train.Optimizer.New()
	if err != nil {
		return nil, err
	}
	schedules, err := spec.Train.Extended(length, s.schedules)
	if err != nil {
		return nil, err
	}
	return train.NewStepper(train.Setup{
		Backend: s.Backend, Store: s.store, Name: spec.Method.Name, Method: s.method, Backbone: s.backbone,
		Optimizer: optimizer, Schedules: schedules, Length: length,
		Samples: s.images.training.Len(), Classes: s.images.classes,
		Seed: or(spec.Seeds.Views, spec.Seed), Images: imageNumbers(s.images.training),
		Group: spec.Train.Optimizer.Group, Clip: spec.Train.Optimizer.Clip, Loaded: s.loaded,
		OnlineProbe: spec.Eval.OnlineProbe,
	})
}

// imageNumbers numbers the images that samples show; nil if each has its own.
func imageNumbers(set data.Dataset) []int32 {
	var numbers []int32
	for _, group := range data.GroupsOf(set) {
		numbers = append(numbers, int32(group))
	}
	return numbers
}

// schedules are those of the training and of its method, for a training of
// that length without extensions.
func (s *session) schedules(length framework.Length) (map[string]optim.Schedule, error) {
	schedules, err := s.plan.Spec.Train.Schedules(length)
	if err != nil {
		return nil, err
	}
	if scheduler, ok := s.method.(framework.Scheduler); ok {
		for name, schedule := range scheduler.Schedules(length) {
			if _, taken := schedules[name]; taken && name != train.WeightDecay { // DINO schedules it itself
				return nil, fmt.Errorf("method %s: its schedule %q has the name of one that every training has; use another",
					s.plan.Spec.Method.Name, name)
			}
			schedules[name] = schedule
		}
	}
	return schedules, nil
}
