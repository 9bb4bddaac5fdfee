// Package reference gives the engine GoMLX's Go backend, which defines what ops mean and runs those that the engine has
// no kernel for.
package reference

import (
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
)

// Backend returns the Go backend, one for the process. It executes the ops of a computation one after another: in
// compute v0.1.3 executions that run ops in parallel have been seen to wait for each other.
var Backend = sync.OnceValue(func() compute.Backend {
	backend, err := gobackend.New("ops_sequential")
	if err != nil {
		panic(err) // the option is one that it documents
	}
	return backend
})

// Execute runs a computation of the Go backend. Its panics become errors.
func Execute(
	executable compute.Executable, inputs []compute.Buffer, donate []bool,
) (outputs []compute.Buffer, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("GoMLX's Go backend panicked: %v", r)
		}
	}()
	return executable.Execute(inputs, donate, 0)
}
