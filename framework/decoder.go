package framework

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/nn"
)

// PatchDecoder is a transformer that predicts patches of an image from those that
// the encoder has seen: MAE's decoder, I-JEPA's predictor. It is narrower than the
// encoder as a rule. Positions are fixed sines and cosines.
type PatchDecoder struct {
	Width, Layers, Heads int // of its blocks; their MLPs are four times as wide
	Out                  int // width of a prediction
	Linear               nn.LinearConfig
	Token                nn.Init // of the token that stands for a patch to predict
	Blocks               func(layer int) nn.BlockInit
}

// Seen are the embeddings that predictions are made from.
type Seen struct {
	Patches               // their places
	Values    *graph.Node // [N, K, D]
	Class     *graph.Node // the class token, [N, D]; nil for none
	GridWidth int         // patches in a row of the image
	GridSize  int         // patches of the image
}

// Predict returns predictions of the wanted patches, [N, M, Out]. What is
// predicted of a patch does not depend on wanted ones that don't count.
// Variables: embed, mask_token [Width], blocks, norm, pred.
func (d PatchDecoder) Predict(scope *model.Scope, seen Seen, wanted Patches) *graph.Node {
	g, batch := seen.Values.Graph(), seen.Values.Shape().Dim(0)
	table := graph.Const(g, nn.SinCos2D(seen.GridSize/seen.GridWidth, seen.GridWidth, d.Width))
	positions := func(at *graph.Node) *graph.Node { return graph.Gather(table, graph.ExpandAxes(at, -1)) }

	embed := scope.At("embed")
	parts := []*graph.Node{graph.Add(nn.Linear(embed, seen.Values, d.Width, d.Linear), positions(seen.Numbers))}
	shown := []*graph.Node{seen.Shown}
	if seen.Class != nil {
		parts = append(parts, nn.Linear(embed, graph.ExpandAxes(seen.Class, 1), d.Width, d.Linear))
		shown = append(shown, nil)
	}
	token := nn.Parameter(scope, g, "mask_token", d.Token, d.Width)
	parts = append(parts, graph.Add(graph.Reshape(token, 1, 1, d.Width), positions(wanted.Numbers)))
	shown = append(shown, wanted.Shown)

	z := graph.Concatenate(parts, 1)
	visible := visibleTokens(parts, shown)
	for layer := range d.Layers {
		z = nn.TransformerBlock(scope.At("blocks").At("%d", layer), z, nn.BlockConfig{
			Heads: d.Heads, Hidden: 4 * d.Width, Epsilon: 1e-6, Activation: nn.GELU, Visible: visible, Init: d.Blocks(layer),
		})
	}
	count := wanted.Numbers.Shape().Dim(1)
	z = graph.Slice(z, graph.AxisRange(0, batch), graph.AxisRangeToEnd(z.Shape().Dim(1)-count))
	z = nn.LayerNorm(scope.At("norm"), z, nn.LayerNormConfig{Epsilon: 1e-6})
	return nn.Linear(scope.At("pred"), z, d.Out, d.Linear)
}

// visibleTokens joins masks [N, K] bool of the parts [N, K, D], of which a nil one
// is all true; nil if all are.
func visibleTokens(parts, shown []*graph.Node) *graph.Node {
	masks, some := make([]*graph.Node, len(parts)), false
	for i, mask := range shown {
		if masks[i] = mask; mask == nil {
			all := graph.Const(parts[i].Graph(), true)
			masks[i] = graph.BroadcastToDims(all, parts[i].Shape().Dimensions[:2]...)
		}
		some = some || mask != nil
	}
	if !some {
		return nil
	}
	return graph.Concatenate(masks, 1)
}
