package mae

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"masked": {
			Doc:    "share of the patches that the encoder does not see",
			Source: "He et al. 2022, §4.1: 0.75",
		},
		"norm_pixels": {
			Doc:    "normalize the pixels of each patch by their mean and variance before they are predicted",
			Source: "He et al. 2022, §4.1, Table 1d; official code, norm_pix_loss",
		},
		"decoder_width": {
			Doc:    "width of the decoder's tokens",
			Source: "He et al. 2022, §4.1: 512; small by default, for small images",
		},
		"decoder_layers": {
			Doc:    "blocks of the decoder",
			Source: "He et al. 2022, §4.1: 8; few by default, for small images",
		},
		"decoder_heads": {
			Doc:    "attention heads of the decoder, which divide its width",
			Source: "official code: 16",
		},
	}
}
