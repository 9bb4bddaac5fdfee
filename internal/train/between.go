package train

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/trainer"
)

// prepareBetween prepares what the method does between epochs, if it does anything.
func (s *Stepper) prepareBetween() error {
	method, ok := s.setup.Method.(framework.EpochMethod)
	if !ok {
		return nil
	}
	exec, err := model.NewExec(s.setup.Backend, s.setup.Store, func(root *model.Scope, inputs []*graph.Node) *graph.Node {
		return s.buildBetween(root, inputs, method)
	})
	if err != nil {
		return fmt.Errorf("method %s: %w", s.setup.Name, err)
	}
	s.between = exec
	return nil
}

// betweenEpochs runs it if the step is the first of an epoch, but for the first epoch.
func (s *Stepper) betweenEpochs(step int) error {
	if s.between == nil || step == 0 || step%s.setup.Length.StepsPerEpoch != 0 {
		return nil
	}
	results, err := s.call(s.between, s.scalarsAt(step), s.randomState(betweenKey, step))
	if err != nil {
		return fmt.Errorf("method %s, before step %d: %w", s.setup.Name, step, err)
	}
	finalize(results)
	return nil
}

// buildBetween makes the graph of what the method does between epochs.
func (s *Stepper) buildBetween(
	root *model.Scope, inputs []*graph.Node, method framework.EpochMethod,
) (done *graph.Node) {
	s.failure = nn.Catch(func() {
		g := inputs[0].Graph()
		nn.SetRandomState(root, inputs[1])
		method.BetweenEpochs(trainer.NewStep(trainer.Inputs{
			Root: root, Graph: g, Backbone: s.setup.Backbone, Samples: s.setup.Samples, Classes: s.setup.Classes,
			Length: s.setup.Length, Scalars: s.named(inputs[0]),
		}))
		done = graph.ScalarZero(g, inputs[0].DType())
	})
	if s.failure != nil {
		panic(s.failure)
	}
	return done
}
