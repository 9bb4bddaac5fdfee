package engine

import (
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/ir"
)

// FusedScaledDotProductAttention implements compute.FusedOps for float32: softmax(q·kᵀ·scale + mask)·v without a tensor
// of all scores (Dao et al., "FlashAttention: Fast and Memory-Efficient Exact Attention with IO-Awareness", 2022). The
// state for the gradient is the logarithm of the softmax's denominators, [batch, heads, queries].
//
// Other types, biases and sequence lengths are not implemented: GoMLX then uses the parts of the op.
func (f *Function) FusedScaledDotProductAttention(query, key, value compute.Value, layout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig) (output compute.Value, states []compute.Value, err error) {
	attrs, operands, err := f.attention(query, key, value, layout, options)
	if err != nil {
		return nil, nil, err
	}
	q := operands[0].Shape
	lse := shapes.Make(dtypes.Float32, q.Dimensions[0], q.Dimensions[layout.HeadsAxis()], q.Dimensions[layout.SeqAxis()])
	outputs, err := f.recordOwn(compute.OpTypeFusedScaledDotProductAttention, attrs, operands, q, lse)
	if err != nil {
		return nil, nil, err
	}
	return outputs[0], []compute.Value{outputs[1]}, nil
}

// FusedScaledDotProductAttentionVJP implements compute.FusedOps: the gradients of FusedScaledDotProductAttention.
func (f *Function) FusedScaledDotProductAttentionVJP(query, key, value compute.Value,
	layout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig, output compute.Value, states []compute.Value,
	dOutput compute.Value) (
	dQuery, dKey, dValue compute.Value, err error) {
	attrs, operands, err := f.attention(query, key, value, layout, options)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(states) != 1 {
		return nil, nil, nil, errors.Errorf(
			"FusedScaledDotProductAttentionVJP: %d states, expected the one that the forward op returned", len(states),
		)
	}
	more, err := f.operands("FusedScaledDotProductAttentionVJP", []compute.Value{output, states[0], dOutput})
	if err != nil {
		return nil, nil, nil, err
	}
	q, k, v := operands[0].Shape, operands[1].Shape, operands[2].Shape
	outputs, err := f.recordOwn(compute.OpTypeFusedScaledDotProductAttentionVJP, attrs, append(operands, more...), q, k, v)
	if err != nil {
		return nil, nil, nil, err
	}
	return outputs[0], outputs[1], outputs[2], nil
}

// attention checks the arguments and returns the operands: query, key, value and the mask, if there is one.
func (f *Function) attention(query, key, value compute.Value, layout compute.AttentionAxesLayout,
	options *compute.ScaledDotProductAttentionConfig) (attrs ir.Attention, operands []*value, err error) {
	if options == nil {
		options = &compute.ScaledDotProductAttentionConfig{}
	}
	given := []compute.Value{query, key, value}
	if options.Mask != nil {
		given = append(given, options.Mask)
	}
	operands, err = f.operands("FusedScaledDotProductAttention", given)
	if err != nil {
		return attrs, nil, err
	}
	unsupported := func(what string) error {
		return errors.Wrap(notImplemented(compute.OpTypeFusedScaledDotProductAttention), what)
	}
	for _, x := range operands[:3] {
		if x.Shape.DType != dtypes.Float32 || x.Shape.Rank() != 4 || x.Shape.IsDynamic() || x.Shape.Size() == 0 {
			return attrs, nil, unsupported("operands other than float32 of rank 4 and static shape")
		}
	}
	if options.QuerySeqLen != nil || options.KeyValueSeqLen != nil || options.Bias != nil {
		return attrs, nil, unsupported("sequence lengths and biases")
	}
	q, k, v := operands[0].Shape, operands[1].Shape, operands[2].Shape
	heads, seq := layout.HeadsAxis(), layout.SeqAxis()
	if !k.Equal(v) || q.Dimensions[0] != k.Dimensions[0] || q.Dimensions[3] != k.Dimensions[3] ||
		q.Dimensions[heads]%k.Dimensions[heads] != 0 {
		return attrs, nil, errors.Errorf(
			"FusedScaledDotProductAttention: query %s, key %s and value %s do not fit together", q, k, v,
		)
	}
	attrs = ir.Attention{Layout: layout, Scale: options.Scale, Causal: options.Causal, HasMask: options.Mask != nil}
	if attrs.Scale == 0 {
		attrs.Scale = 1 / math.Sqrt(float64(q.Dimensions[3]))
	}
	if attrs.HasMask {
		mask := operands[3].Shape
		scores := []int{q.Dimensions[0], q.Dimensions[heads], q.Dimensions[seq], k.Dimensions[seq]}
		axes := attrs.MaskAxes(mask.Rank())
		if mask.DType != dtypes.Bool && mask.DType != dtypes.Float32 || axes == nil {
			return attrs, nil, unsupported("masks other than bool and float32 of rank 2 to 4")
		}
		for i, d := range mask.Dimensions {
			if d != 1 && d != scores[axes[i]] {
				return attrs, nil, unsupported("masks that do not broadcast to the scores")
			}
		}
	}
	return attrs, operands, nil
}

// recordOwn adds an op that the reference does not have. The reference gets parameters in the place of its results: it
// is not executed unless the computation has dynamic axes, which such ops decline.
func (f *Function) recordOwn(
	op compute.OpType, attrs any, operands []*value, outputs ...shapes.Shape,
) ([]*value, error) {
	if f.parent != nil || f.name != compute.MainName || f.builder.dynamic {
		return nil, errors.Wrap(notImplemented(op), "in closures, in functions and with dynamic axes")
	}
	if err := f.checkOpen(); err != nil {
		return nil, err
	}
	stand := make([]compute.Value, len(outputs))
	for i, shape := range outputs {
		var err error
		if stand[i], err = f.reference.Parameter(op.String(), shape, nil); err != nil {
			return nil, err
		}
	}
	f.builder.own = true
	return f.add(ir.Op(op), attrs, nil, operands, stand, outputs), nil
}
