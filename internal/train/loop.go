package train

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/kontrast-ml/kontrast/framework/trainer"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

// ErrInterrupted says that a training was asked to stop, and did so after a
// checkpoint: it can be resumed.
var ErrInterrupted = errors.New("interrupted")

// ErrNotFinite says that the loss or the gradient became infinite or not a number.
var ErrNotFinite = errors.New("the loss or the gradient is no longer finite")

// Loop runs the steps of a training. All fields are needed but Checkpoints and
// Captions; Config may be zero, for checkpoints at the end only.
type Loop struct {
	Stepper     *Stepper
	Config      Config
	Checkpoints Checkpoints
	// Batches yields the batches from a step of an epoch on to the end of the training.
	Batches func(ctx context.Context, epoch, step int) iter.Seq2[*loader.Batch, error]
	// Captions makes the tokens of a batch for methods that learn from captions; nil for others.
	Captions *trainer.Captions
	// Now is the clock that time between checkpoints is measured by.
	Now      func() time.Time
	Observer Observer
	// Waited and Worked are how long Run has waited for batches and made steps
	// of them. Run sets them.
	Waited, Worked time.Duration

	savedAt int // steps behind the latest checkpoint
}

// DataWait is the share of Run's time, in [0, 1], for which training waited for
// its batches: near 0 where the loader keeps up. Evaluations and checkpoints do
// not count.
func (l *Loop) DataWait() float64 {
	if l.Waited+l.Worked <= 0 {
		return 0
	}
	return l.Waited.Seconds() / (l.Waited + l.Worked).Seconds()
}

// Observer is told what happens in a training. Its calls come from one goroutine.
type Observer interface {
	// Step reports a step and the learning rate it was made with.
	Step(step int, measures Measures, rate float64) error
	// Alarm reports a sign that the training has gone wrong.
	Alarm(Alarm) error
	// Checkpoint is called before a checkpoint is written: what has been
	// reported so far must be durable when it returns.
	Checkpoint(steps int) error
	// Epoch is called after each epoch, counted from 1, with the steps made so far.
	Epoch(ctx context.Context, epoch, steps int) error
}

// Run trains from a position to the end, where it writes a checkpoint before
// the observer is told. If the context ends, the step under way is finished, a
// checkpoint is written and the error is [ErrInterrupted]. What fails between
// two steps, such as an evaluation, leaves a checkpoint, too. After
// [ErrNotFinite] the latest checkpoint is of before the fault.
func (l *Loop) Run(ctx context.Context, from Position) error {
	perEpoch := l.Stepper.setup.Length.StepsPerEpoch
	steps, alarms := from.Steps, &watch{AlarmState: from.Alarms, total: l.Stepper.setup.Length.Steps()}
	saved := l.Now()
	l.Waited, l.Worked = 0, 0
	l.savedAt = from.Steps
	if steps > 0 && steps%perEpoch == 0 { // the run may have been cut before the end of the epoch was dealt with
		if err := l.Observer.Epoch(ctx, steps/perEpoch, steps); err != nil {
			return l.stop(ctx, alarms.at(steps), err)
		}
	}
	idle := l.Now()
	// The batches are not cut by ctx, so that the step under way can finish; they end with the iteration.
	for in, err := range l.inputs(context.WithoutCancel(ctx), steps/perEpoch, steps%perEpoch) {
		if err != nil {
			return l.stop(ctx, alarms.at(steps), err)
		}
		begun := l.Now()
		l.Waited += begun.Sub(idle)
		if err := l.step(steps, in, alarms); err != nil {
			return err
		}
		l.Worked += l.Now().Sub(begun)
		steps++
		if ctx.Err() != nil {
			return l.stop(ctx, alarms.at(steps), ctx.Err())
		}
		// What was trained is safe before an evaluation can fail, or be killed for its memory.
		if l.due(steps, saved) || steps == alarms.total {
			if err := l.save(alarms.at(steps)); err != nil {
				return err
			}
			saved = l.Now()
		}
		if steps%perEpoch == 0 {
			if err := l.Observer.Epoch(ctx, steps/perEpoch, steps); err != nil {
				return l.stop(ctx, alarms.at(steps), err)
			}
		}
		idle = l.Now()
	}
	return nil
}

func (l *Loop) due(steps int, saved time.Time) bool {
	c := l.Config.Checkpoint
	return c.EverySteps > 0 && steps%c.EverySteps == 0 || c.Every > 0 && l.Now().Sub(saved) >= c.Every
}

// save writes a checkpoint, unless the latest is of that position.
func (l *Loop) save(at Position) error {
	if at.Steps == l.savedAt {
		return nil
	}
	if err := l.Observer.Checkpoint(at.Steps); err != nil {
		return err
	}
	_, err := l.Checkpoints.Save(l.Stepper.setup.Store, at)
	if err == nil {
		l.savedAt = at.Steps
	}
	return err
}

// stop ends the run between two steps, by a checkpoint: nothing trained is lost
// by what failed beside the training. An end of the context is [ErrInterrupted].
func (l *Loop) stop(ctx context.Context, at Position, cause error) error {
	if ctx.Err() != nil {
		cause = ErrInterrupted
	}
	return errors.Join(cause, l.save(at))
}

func (l *Loop) step(step int, in Inputs, alarms *watch) error {
	defer in.release()
	measures, err := l.Stepper.Step(step, in)
	if err != nil {
		return err
	}
	alarms.chance = l.Stepper.Chance()
	rate := l.Stepper.setup.Schedules[LearningRate].At(step)
	if err := l.Observer.Step(step, measures, rate); err != nil {
		return err
	}
	for _, alarm := range alarms.see(step, measures) {
		if err := l.Observer.Alarm(alarm); err != nil {
			return err
		}
	}
	if !measures.Finite() {
		remedy := "try a lower learning rate, a warm-up or clip_norm"
		if step == 0 { // before any update
			remedy = "no update was made yet: look at the method's own settings, such as its temperature, and at " +
				"views.normalization"
		}
		return fmt.Errorf("%w at step %d (loss %v, gradient norm %v); %s",
			ErrNotFinite, step+1, measures.Loss, measures.GradientNorm, remedy)
	}
	return nil
}
