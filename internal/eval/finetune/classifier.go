package finetune

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// classifier is supervised learning in the four hooks of a method, so that the
// training loop of the methods serves it too.
type classifier struct {
	classes int
	head    framework.HeadKeeper // nil to stand on the backbone
}

const logits = "logits"

func (c *classifier) Positives(s *framework.Step) []framework.Pair {
	features := s.Backbone(s.Online(), s.Views[0])
	s.Keep(logits, c.classify(s.Online(), features))
	return []framework.Pair{{Anchor: features, Positive: features}}
}

func (c *classifier) Negatives(*framework.Step, []framework.Pair) *framework.Negatives { return nil }

func (c *classifier) Loss(s *framework.Step, _ []framework.Pair, _ *framework.Negatives) *graph.Node {
	return loss.CrossEntropy(s.Kept(logits)[0], s.Labels)
}

func (c *classifier) Update(*framework.Step, []framework.Pair) {}

// classify maps features [N, D] to logits [N, classes]. The classifier starts at zero.
func (c *classifier) classify(online *model.Scope, features *graph.Node) *graph.Node {
	if c.head != nil {
		features = c.head.FirstLayer(online, features)
	}
	return nn.Linear(online.At("classifier"), features, c.classes, nn.LinearConfig{Weight: nn.Zeros, Bias: nn.Zeros})
}
