package experiment

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/train"
)

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
	s.show(outcome.Run, from.Steps, length.Steps())
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
		OnlineProbe: spec.Eval.OnlineProbe, Devices: s.On.Devices,
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

// length is how long the training is; zero for a baseline.
func (s *session) length() framework.Length {
	if s.batches == nil {
		return framework.Length{}
	}
	spec := s.plan.Spec.Train
	return framework.Length{Epochs: spec.Epochs, StepsPerEpoch: s.batches.StepsPerEpoch(), BatchSize: spec.BatchSize}
}
