package framework

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/kontrast-ml/kontrast/framework/loss"
	"github.com/kontrast-ml/kontrast/framework/nn"
)

// Bank is a memory bank: an embedding of every sample of the training set, each
// as of the last time that the sample was in a batch (Wu et al. 2018,
// arXiv:1805.01978, §3.1).
type Bank struct {
	entries *model.Variable // [M, D]
	step    *Step
}

// Bank returns the memory bank of that name, of entries of width dim. It starts
// with vectors whose length is about 1, uniform in a cube as in the official code.
func (s *Step) Bank(name string, dim int) *Bank {
	bound := 1 / math.Sqrt(float64(dim)/3)
	entries := nn.Buffer(s.State().At("%s", name), "entries", nn.Uniform(bound), s.Samples, dim)
	return &Bank{entries: entries, step: s}
}

// Entries are the embeddings of all samples as of before this step, [M, D];
// they get no gradient.
func (b *Bank) Entries() *graph.Node { return graph.StopGradient(b.entries.NodeValue(b.step.Graph)) }

// Own are the entries of the batch's samples, [N, D].
func (b *Bank) Own() *graph.Node {
	return graph.Gather(b.Entries(), graph.ExpandAxes(b.step.Indices, -1))
}

// Draw draws count entries for each sample of the batch, uniformly and with
// replacement: their indices [N, count] int32. The random state is a variable
// beside the bank, so that a resumed run draws on as if it had not been cut.
func (b *Bank) Draw(count int) *graph.Node {
	g, random := b.step.Graph, b.randomState()
	shape := shapes.Make(dtypes.Int32, b.step.BatchSize(), count)
	next, drawn := graph.RandomIntN(random.NodeValue(g), b.step.Samples, shape)
	random.SetNodeValue(next)
	return drawn
}

// randomState starts as the store's random state, which derives from the run's seed.
func (b *Bank) randomState() *model.Variable {
	scope := b.step.root.Store().Scope(b.entries.Scope())
	if existing := scope.GetVariable("random_state"); existing != nil {
		return existing.SetTrainable(false)
	}
	start := must(graph.RNGStateFromSeed(0))
	if ofStore := b.step.root.GetVariable(model.RNGStateVariableName); ofStore != nil && ofStore.HasValue() {
		start = must(ofStore.MustValue().LocalClone())
	}
	return scope.VariableWithValue("random_state", start).SetTrainable(false)
}

// Follow moves the entries of the batch's samples toward their embeddings x
// [N, D] and scales them to length 1. Call it from Update: the loss must see
// the bank as it was before. The momentum is in [0, 1).
func (b *Bank) Follow(x *graph.Node, momentum float64) {
	b.entries.SetNodeValue(loss.UpdateBank(b.Entries(), b.step.Indices, x, b.step.Constant(momentum)))
}

// LogPartition is the logarithm of the normalizing constant Z of noise-contrastive
// estimation over a bank (Wu et al. 2018, arXiv:1805.01978, §3.2), a scalar: it is
// measured on the first logits [N, 1+K] of the training and kept under that name.
func (s *Step) LogPartition(name string, logits *graph.Node) *graph.Node {
	const unmeasured = -math.MaxFloat32 // which can't be
	variable := nn.Buffer(s.State(), name, nn.Constant(unmeasured))
	kept := variable.NodeValue(s.Graph)
	first := graph.Equal(kept, s.Constant(unmeasured))
	value := graph.StopGradient(graph.Where(first, loss.LogPartition(logits, s.Samples), kept))
	variable.SetNodeValue(value)
	return value
}

// OthersOf makes all entries of a bank but the sample's own its negatives.
func OthersOf(bank *Bank) *Negatives {
	s, entries := bank.step, bank.Entries()
	columns := graph.Iota(s.Graph, shapes.Make(s.Indices.DType(), s.BatchSize(), s.Samples), 1)
	own := graph.BroadcastToDims(graph.ExpandAxes(s.Indices, 1), s.BatchSize(), s.Samples)
	return &Negatives{Keys: []*graph.Node{entries}, Exclude: graph.Equal(columns, own), Excluded: 1}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
