package engine

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/notimplemented"
	"github.com/gomlx/compute/shapes"
	"github.com/kontrast-ml/kontrast/engine/reference"
	"github.com/pkg/errors"

	"github.com/kontrast-ml/kontrast/engine/exec"
	"github.com/kontrast-ml/kontrast/engine/passes"
)

// Builder records a computation. Every op is also declared to a builder of GoMLX's Go backend, the reference, whose
// checks and shape inference are thereby the engine's own, and which executes graphs with dynamic axes.
type Builder struct {
	notimplemented.Builder
	backend   *Backend
	name      string
	reference compute.Builder
	main      *Function
	compiled  bool
	own       bool // some op is not in the reference
	dynamic   bool // some value has an axis whose size is known only at execution
}

func newBuilder(b *Backend, name string) *Builder {
	builder := &Builder{
		Builder:   notimplemented.Builder{ErrFn: notImplemented},
		backend:   b,
		name:      name,
		reference: reference.Backend().Builder(name),
	}
	builder.main = newFunction(builder, nil, compute.MainName, builder.reference.Main())
	return builder
}

// Name returns the name of the computation.
func (b *Builder) Name() string { return b.name }

// Main returns the function that Compile makes executable.
func (b *Builder) Main() compute.Function { return b.main }

// NewFunction starts a function for Call.
func (b *Builder) NewFunction(name string) (compute.Function, error) {
	if b.compiled {
		return nil, errors.Errorf("computation %q is compiled: it takes no more functions", b.name)
	}
	reference, err := b.reference.NewFunction(name)
	if err != nil {
		return nil, err
	}
	return newFunction(b, nil, name, reference), nil
}

// OpShape returns the shape of a value.
func (b *Builder) OpShape(v compute.Value) (shapes.Shape, error) {
	x, ok := v.(*value)
	if !ok || x.fn.builder != b {
		return shapes.Invalid(), errors.Errorf("value of type %T was not created by computation %q", v, b.name)
	}
	return x.Shape, nil
}

// Compile makes the computation executable. The builder is of no use afterwards.
func (b *Builder) Compile() (compute.Executable, error) {
	if b.compiled {
		return nil, errors.Errorf("computation %q is already compiled", b.name)
	}
	if !b.main.returned {
		return nil, errors.Errorf("computation %q: the main function has no Return", b.name)
	}
	b.compiled = true
	if b.dynamic && b.own {
		return nil, errors.Errorf("computation %q: dynamic axes came after an op that needs static shapes", b.name)
	}
	if b.dynamic {
		return b.compileReference()
	}
	g := b.main.graph
	g.Name = b.name
	b.reference, b.main = nil, nil
	passes.Run(g)
	program, err := exec.Compile(b.backend.runtime, g)
	if err != nil {
		return nil, errors.WithMessagef(err, "compiling %q", b.name)
	}
	e := &Executable{backend: b.backend}
	e.program.Store(program)
	return e, nil
}
