package train

import (
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/internal/loader"
)

// Inputs are the values of one step that come from its batch.
type Inputs struct {
	Views   []*tensors.Tensor // [N, H, W, C] float32 each
	Indices *tensors.Tensor   // [N] int32
	Labels  *tensors.Tensor   // [N] int32
	Tokens  *tensors.Tensor   // [N, L] int32; nil for none
	Places  []*tensors.Tensor // of the views, [N, 5] float32 each; nil if they are not known
}

// newInputs copies a batch, without its captions.
func newInputs(batch *loader.Batch) Inputs {
	in := Inputs{
		Indices: tensors.FromFlatDataAndDimensions(batch.Indices, len(batch.Indices)),
		Labels:  tensors.FromFlatDataAndDimensions(batch.Labels, len(batch.Labels)),
	}
	for i, view := range batch.Views {
		size := batch.Sizes[i]
		in.Views = append(in.Views, tensors.FromFlatDataAndDimensions(view, len(batch.Indices), size, size, 3))
		places := tensors.FromFlatDataAndDimensions(batch.Places[i], len(batch.Indices), loader.PlaceSize)
		in.Places = append(in.Places, places)
	}
	return in
}

// all are the tensors, in the order in which the graph takes them; the first so many come before, the others
// after what does not come from the batch.
func (in Inputs) all() (inputs []*tensors.Tensor, before int) {
	inputs = slices.Concat(in.Views, []*tensors.Tensor{in.Indices, in.Labels})
	before = len(inputs)
	if in.Tokens != nil {
		inputs = append(inputs, in.Tokens)
	}
	return append(inputs, in.Places...), before
}

// release frees the memory of the inputs, on the device, too.
func (in Inputs) release() {
	if in.Indices == nil { // there are none
		return
	}
	inputs, _ := in.all()
	finalize(inputs)
}

// copies says that the device of the step has a memory of its own, to which inputs can be copied before the step.
// (Those that are divided among devices are copied with it.)
func (s *Stepper) copies() bool { return s.devices == nil && !s.setup.Backend.HasSharedBuffers() }

// place copies inputs to the device, if it has a memory of its own.
func (s *Stepper) place(in Inputs) error {
	if !s.copies() {
		return nil
	}
	inputs, _ := in.all()
	return nn.Catch(func() {
		for _, input := range inputs {
			input.MustMaterializeOnDevice(s.setup.Backend, false, 0)
		}
	})
}
