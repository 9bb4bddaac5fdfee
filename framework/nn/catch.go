package nn

import (
	"fmt"
	"runtime"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

// LayerError is a failure to build a layer's part of a graph.
type LayerError struct {
	Scope string // the path of the layer's variables
	Layer string // the kind of layer, such as "conv"
	Err   error
}

// Error names the layer and what was wrong.
func (e *LayerError) Error() string { return fmt.Sprintf("layer %s (%s): %v", e.Scope, e.Layer, e.Err) }

// Unwrap returns the underlying error.
func (e *LayerError) Unwrap() error { return e.Err }

// Catch runs a function that builds a graph and returns the panic it may end
// with as an error: a [LayerError] if a layer of this package panicked. It is
// where the framework recovers.
func Catch(build func()) (err error) {
	defer func() {
		if e := recover(); e != nil {
			err = asError(e)
		}
	}()
	build()
	return nil
}

// locate lets a layer's panic say which layer it was. It is deferred by layers
// and leaves the panic of a layer inside the layer alone.
func locate(scope *model.Scope, layer string) {
	e := recover()
	if e == nil {
		return
	}
	err := asError(e)
	if _, located := err.(*LayerError); !located {
		err = &LayerError{Scope: scope.Scope(), Layer: layer, Err: err}
	}
	panic(err)
}

// asError turns what was recovered into an error. A run-time error of Go says where it happened.
func asError(e any) error {
	switch e := e.(type) {
	case runtime.Error:
		return fmt.Errorf("%w (at %s)", e, panicSite())
	case error:
		return e
	default:
		return fmt.Errorf("%v", e)
	}
}

// panicSite returns the file and line that panicked. It must be called while panicking.
func panicSite() string {
	var counters [64]uintptr
	frames := runtime.CallersFrames(counters[:runtime.Callers(0, counters[:])])
	panicking := false
	for {
		frame, more := frames.Next()
		if panicking && !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", frame.File, frame.Line)
		}
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}
