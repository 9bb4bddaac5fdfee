package backbones

import (
	"math"

	"github.com/kontrast-ml/kontrast/framework/nn"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// initialization says how the parameters of a network start. Nil is PyTorch's
// default for convolutions, linear layers and attention; what the network lacks
// is not asked for. Norms start as the identity, unless zero_init_residual says
// otherwise.
type initialization struct {
	conv               nn.Init // kernels of convolutions
	patch, patchBias   nn.Init // the patch embedding
	linear, linearBias nn.Init // linear layers outside transformer blocks; the bias is that of convolutions, too
	projection         nn.Init // bare matrices at the end of CLIP's towers
	class, positions   nn.Init // tables that are added or put before the patches
	vocabulary         nn.Init // the embedding of tokens of text
	block              nn.BlockInit
}

// as is how a network that starts like i by itself, which it calls own, starts in
// the way of that name, a value of its parameter init. What a way says nothing of
// stays as it is.
func (i initialization) as(name, own string) initialization {
	switch name {
	case own:
		return i
	case "torchvision":
		return i.torchvision()
	case "pytorch":
		i.conv, i.patch, i.patchBias, i.linear, i.linearBias = nil, nil, nil, nil, nil
		i.block = nn.BlockInit{}
		return i
	case "he-fan-in":
		return i.everywhere(nn.HeNormal)
	case "trunc-normal-0.02":
		small := nn.TruncatedNormal(0.02)
		i = i.everywhere(small)
		i.class, i.positions, i.vocabulary = small, small, small
		return i
	case "jax-vit":
		return i.jaxViT()
	}
	return i
}

// everywhere draws all weights alike and starts their biases at 0.
func (i initialization) everywhere(weight nn.Init) initialization {
	i.conv, i.patch, i.linear, i.projection = weight, weight, weight, weight
	i.patchBias, i.linearBias = nn.Zeros, nn.Zeros
	i.block = nn.BlockInit{QKV: weight, Proj: weight, FC1: weight, FC2: weight, Bias: nn.Zeros}
	return i
}

// torchvision is that of its ResNets (models/resnet.py) and of its vision
// transformers (models/vision_transformer.py).
func (i initialization) torchvision() initialization {
	i.conv = nn.KaimingNormal
	i.patch, i.patchBias = patchNormal, nn.Zeros
	i.class, i.positions = nn.Zeros, nn.Normal(0.02)
	xavier := nn.XavierUniform(1)
	i.block = nn.BlockInit{FC1: xavier, FC2: xavier, Bias: nn.Normal(1e-6)}
	return i
}

// jaxViT is that of google-research/vision_transformer (vit_jax/models_vit.py):
// Flax's default for convolutions, Xavier-uniform in the blocks, where queries,
// keys and values are matrices of their own.
func (i initialization) jaxViT() initialization {
	i.conv, i.patch, i.patchBias = nn.LeCunNormal, nn.LeCunNormal, nn.Zeros
	i.linear, i.linearBias, i.projection = nn.LeCunNormal, nn.Zeros, nn.LeCunNormal
	i.class, i.positions = nn.Zeros, nn.Normal(0.02)
	xavier := nn.XavierUniform(1)
	i.block = nn.BlockInit{QKV: nn.XavierUniform(3), Proj: xavier, FC1: xavier, FC2: xavier, Bias: nn.Normal(1e-6)}
	return i
}

// How networks start by themselves: ResNets, MobileNets and EfficientNets as
// torchvision's, vision transformers as DINO's, after timm, or as MoCo v3's, which
// draws a patch embedding as the matrix it is, [patch pixels, width].
var (
	resNetInit = initialization{conv: nn.KaimingNormal, linear: nn.KaimingNormal}
	mobileInit = initialization{conv: nn.KaimingNormal, linearBias: nn.Zeros}
	timmInit   = initialization{
		class: nn.TruncatedNormal(0.02), positions: nn.TruncatedNormal(0.02),
		block: nn.BlockInit{
			QKV: nn.TruncatedNormal(0.02), Proj: nn.TruncatedNormal(0.02), FC1: nn.TruncatedNormal(0.02),
			FC2: nn.TruncatedNormal(0.02), Bias: nn.Zeros,
		},
	}
	mocov3Init = initialization{
		patch: patchXavier, patchBias: nn.Zeros, class: nn.Normal(1e-6), positions: nn.TruncatedNormal(0.02),
		block: nn.BlockInit{
			QKV: nn.XavierUniform(3), Proj: nn.XavierUniform(1), FC1: nn.XavierUniform(1),
			FC2: nn.XavierUniform(1), Bias: nn.Zeros,
		},
	}
)

// patchXavier draws the patch embedding as the linear layer that it is.
func patchXavier(stream *random.Stream, into []float32, dims []int) {
	fanIn := dims[0] * dims[1] * dims[2]
	nn.XavierUniform(1)(stream, into, []int{fanIn, dims[3]})
}

// patchNormal draws the patch embedding from a normal distribution with variance 1/fan-in.
func patchNormal(stream *random.Stream, into []float32, dims []int) {
	nn.TruncatedNormal(1/math.Sqrt(float64(dims[0]*dims[1]*dims[2])))(stream, into, dims)
}

// initDoc documents the parameter init, which has the same values everywhere and
// besides those of the network itself.
func initDoc(own string) string {
	return "how weights start: " + own + "pytorch (the defaults of its layers), he-fan-in (Kaiming-normal by fan-in), " +
		"trunc-normal-0.02 (all weights and tables of a standard deviation of 0.02) or jax-vit (LeCun-normal " +
		"convolutions, Xavier-uniform blocks)"
}

const initSource = "torchvision: models/resnet.py, models/vision_transformer.py; PyTorch: nn.Conv2d, nn.Linear, " +
	"nn.MultiheadAttention; He et al. 2015, arXiv:1502.01852, §2.2; timm: ConvNeXt, Swin; google-research/vision_transformer"
