package swav

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/optim"
	"github.com/kontrast-ml/kontrast/internal/golden"
	"github.com/kontrast-ml/kontrast/internal/methodgolden"
	"github.com/kontrast-ml/kontrast/internal/train"
)

func TestPrototypesAndQueueStartByEpochs(t *testing.T) {
	made, err := New(Params{FreezeEpochs: 1, Queue: 16, QueueEpoch: 2.5})
	if err != nil {
		t.Fatal(err)
	}
	schedules := made.(framework.Scheduler).Schedules(framework.Length{Epochs: 4, StepsPerEpoch: 10})
	for name, first := range map[string]int{trainPrototypes: 10, fillQueue: 25} {
		if before, at := schedules[name].At(first-1), schedules[name].At(first); before != 0 || at != 1 {
			t.Errorf("%s is %v before step %d and %v in it, want 0 and 1", name, before, first, at)
		}
	}
}

// TestTrainingMatchesTheOfficialCode repeats the steps of facebookresearch/swav
// with apex's LARC: multi-crop with prototypes frozen at first, and a queue.
func TestTrainingMatchesTheOfficialCode(t *testing.T) {
	common := Params{Temperature: 0.1, Epsilon: 0.05, Iterations: 3, Prototypes: 10, HiddenDim: 12, OutputDim: 6}
	frozen, queued := common, common
	frozen.FreezeEpochs, queued.Queue = 1, 16
	for _, test := range []struct {
		name   string
		params Params
		views  []int
	}{
		{"swav_local2", frozen, []int{0, 1, 2, 3}},
		{"swav_queue", queued, []int{0, 1, 2}},
	} {
		t.Run(test.name, func(t *testing.T) {
			method, err := New(test.params)
			if err != nil {
				t.Fatal(err)
			}
			schedules := method.(framework.Scheduler).Schedules(framework.Length{Epochs: 4, StepsPerEpoch: 1})
			schedules[train.LearningRate] = methodgolden.Steps{0.6, 0.5, 0.4, 0.3}
			schedules[train.BaseLearningRate] = optim.Constant(0.6)
			schedules[train.Momentum] = optim.Constant(0.9)
			schedules[train.WeightDecay] = optim.Constant(1e-4)
			result := methodgolden.Training{
				Family: "method_swav", Case: test.name, Method: method, Backbone: methodgolden.Encoder{}, Views: test.views,
				Rename: map[string]string{
					"backbone.": "online/backbone/", "prototypes.": "online/prototypes/",
					"projection_head.0.": "online/projector/linear0/", "projection_head.1.": "online/projector/norm0/",
					"projection_head.3.": "online/projector/linear1/",
				},
				Optimizer: optim.LARS{Trust: 0.02},
				Group:     func(*model.Variable) optim.Group { return optim.Group{} },
				Schedules: schedules,
			}.Run(t)
			if test.params.Queue == 0 {
				return
			}
			c := golden.Load(t, "method_swav").Case(t, test.name)
			want := c.Output(t, "queue_final") // [2, 16, 6], the newest batch of 8 first; ours the oldest first here
			size := 16 * 6
			for crop, path := range []string{"/state/queue0/keys", "/state/queue1/keys"} {
				newestFirst := want.Data[crop*size : (crop+1)*size]
				data := slices.Concat(newestFirst[size/2:], newestFirst[:size/2])
				golden.Near(t, path, result.Values(t, path), golden.Tensor{Shape: []int{16, 6}, Data: data}, 1e-4)
			}
		})
	}
}
