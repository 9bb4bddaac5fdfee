package alignuniform

import (
	"github.com/kontrast-ml/kontrast"
	"github.com/kontrast-ml/kontrast/framework"
)

// Extensions are what kontrast build --with example.com/ownmethod adds to kontrast.
// Interface is the version of the author's interface that this was written for.
func Extensions() kontrast.Extensions {
	return kontrast.Extensions{Interface: 2, Methods: []framework.Factory{Factory}}
}
