// Package methods lists the methods that kontrast comes with.
package methods

import (
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/methods/moco"
	"github.com/kontrast-ml/kontrast/methods/simclr"
)

// Builtin returns the factories of the built-in methods.
func Builtin() []framework.Factory {
	return []framework.Factory{simclr.Factory, moco.V1, moco.V2}
}
