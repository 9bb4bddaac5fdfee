package framework

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// EmbedViews embeds views with the encoder's backbone, those of one size that
// follow each other in one pass, as multi-crop methods do (Caron et al. 2020,
// arXiv:2006.09882, §3.2): batch norms see them together, unless told otherwise
// by [github.com/kontrast-ml/kontrast/framework/nn.WithBatchGroups]. The features of
// all views come one view after the other, [V·N, FeatureDim]; [Split] parts them.
func (s *Step) EmbedViews(encoder *model.Scope, views ...*graph.Node) *graph.Node {
	var features []*graph.Node
	for start := 0; start < len(views); {
		end := start + 1
		for end < len(views) && views[end].Shape().Equal(views[start].Shape()) {
			end++
		}
		features = append(features, s.Backbone(encoder, concatenated(views[start:end])))
		start = end
	}
	return concatenated(features)
}

func concatenated(nodes []*graph.Node) *graph.Node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	return graph.Concatenate(nodes, 0)
}
