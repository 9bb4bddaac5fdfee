package config

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/provenance"
)

// Factory makes what a configuration names, of type T, from parameters of its
// own: a method, a backbone, a data set. Make one with [NewFactory].
type Factory[T any] struct {
	defaults func() any
	make     func(params any) (T, error)
	origin   string
}

// NewFactory returns the factory of a T with parameters of type P, a struct
// whose fields carry the tags of this package. A method `Validate() error` of *P
// or P, if there is one, checks what ranges can't. The parameters handed to
// make have passed both.
func NewFactory[T, P any](defaults P, make func(P) (T, error)) Factory[T] {
	return Factory[T]{
		defaults: func() any { p := defaults; return &p },
		make: func(params any) (T, error) {
			var none T
			p, ok := params.(*P)
			if !ok || p == nil {
				return none, fmt.Errorf("parameters are of type %T, want a %T as Defaults returns", params, p)
			}
			if err := Check(p); err != nil {
				return none, err
			}
			return make(*p)
		},
		origin: packageOf(make),
	}
}

// Defaults returns a pointer to a fresh copy of the default parameters.
func (f Factory[T]) Defaults() any { return f.defaults() }

// Decode reads the parameters from a section of the configuration, on top of the
// defaults. The error is a [Faults] with every fault found.
func (f Factory[T]) Decode(section Choice) (params any, err error) {
	params = f.defaults()
	if err := section.Decode(params); err != nil {
		return nil, err
	}
	return params, nil
}

// Make makes a T of parameters that Decode or Defaults returned, changed or not.
// It is an error if they are of another type, or outside what their tags and
// their Validate method allow.
func (f Factory[T]) Make(params any) (T, error) { return f.make(params) }

// Origin is the import path of the package that the function given to
// [NewFactory] is in.
func (f Factory[T]) Origin() string { return f.origin }

// MadeBy returns the factory with the origin of a function, where the one given to
// [NewFactory] only wraps it.
func (f Factory[T]) MadeBy(function any) Factory[T] {
	f.origin = packageOf(function)
	return f
}

// Provenance returns the module and version of that package.
func (f Factory[T]) Provenance() provenance.Provenance { return provenance.Of(f.origin) }

// packageOf returns the import path of the package that the function is in.
func packageOf(function any) string {
	name := runtime.FuncForPC(reflect.ValueOf(function).Pointer()).Name()
	slash := strings.LastIndex(name, "/") + 1
	if dot := strings.Index(name[slash:], "."); dot >= 0 {
		return name[:slash+dot]
	}
	return name
}
