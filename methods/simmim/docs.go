package simmim

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"masked": {
			Doc: "share of the patches that are masked. The official code masks squares of 32 pixels; here, as in " +
				"lightly, each patch is drawn by itself",
			Source: "official code, config.py, MASK_RATIO: 0.6, of squares of 32 pixels",
		},
	}
}
