//go:generate go run ../internal/gendocs ../docs/methods ../README.md

// Package methods lists the methods that kontrast comes with.
package methods

import (
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/methods/all4one"
	"github.com/kontrast-ml/kontrast/methods/barlowtwins"
	"github.com/kontrast-ml/kontrast/methods/byol"
	"github.com/kontrast-ml/kontrast/methods/clip"
	"github.com/kontrast-ml/kontrast/methods/cmc"
	"github.com/kontrast-ml/kontrast/methods/cpc"
	"github.com/kontrast-ml/kontrast/methods/data2vec"
	"github.com/kontrast-ml/kontrast/methods/dcl"
	"github.com/kontrast-ml/kontrast/methods/deepclusterv2"
	"github.com/kontrast-ml/kontrast/methods/dino"
	"github.com/kontrast-ml/kontrast/methods/dinov2"
	"github.com/kontrast-ml/kontrast/methods/ibot"
	"github.com/kontrast-ml/kontrast/methods/ijepa"
	"github.com/kontrast-ml/kontrast/methods/instdisc"
	"github.com/kontrast-ml/kontrast/methods/invaspread"
	"github.com/kontrast-ml/kontrast/methods/lejepa"
	"github.com/kontrast-ml/kontrast/methods/mae"
	"github.com/kontrast-ml/kontrast/methods/mochi"
	"github.com/kontrast-ml/kontrast/methods/moco"
	"github.com/kontrast-ml/kontrast/methods/msn"
	"github.com/kontrast-ml/kontrast/methods/nnbyol"
	"github.com/kontrast-ml/kontrast/methods/nnclr"
	"github.com/kontrast-ml/kontrast/methods/pirl"
	"github.com/kontrast-ml/kontrast/methods/ressl"
	"github.com/kontrast-ml/kontrast/methods/simclr"
	"github.com/kontrast-ml/kontrast/methods/simmim"
	"github.com/kontrast-ml/kontrast/methods/simsiam"
	"github.com/kontrast-ml/kontrast/methods/supcon"
	"github.com/kontrast-ml/kontrast/methods/supervised"
	"github.com/kontrast-ml/kontrast/methods/swav"
	"github.com/kontrast-ml/kontrast/methods/tico"
	"github.com/kontrast-ml/kontrast/methods/vicreg"
	"github.com/kontrast-ml/kontrast/methods/vicregl"
	"github.com/kontrast-ml/kontrast/methods/wmse"
)

// Builtin returns the factories of the built-in methods, in the order of the
// lineage: instance discrimination, momentum and queues, no negatives,
// clusters and distillation, captions, decorrelation, variations on them, and classification to hold them against.
func Builtin() []framework.Factory {
	return []framework.Factory{
		instdisc.Factory, invaspread.Factory, cpc.Factory, cmc.Factory, pirl.Factory, simclr.Factory, simclr.V2, moco.V1,
		moco.V2, moco.V3, mochi.Factory,
		byol.Factory, simsiam.Factory, deepclusterv2.Factory, swav.Factory, dino.Factory,
		clip.Factory, clip.SigLIP,
		barlowtwins.Factory, vicreg.Factory, vicregl.Factory, nnclr.Factory, dcl.Factory, supcon.Factory,
		wmse.Factory, tico.Factory,
		ressl.Factory, nnbyol.Factory, all4one.Factory, lejepa.Factory, msn.Factory, simmim.Factory,
		ibot.Factory, dinov2.Factory, data2vec.Factory, mae.Factory, ijepa.Factory,
		supervised.Factory,
	}
}
