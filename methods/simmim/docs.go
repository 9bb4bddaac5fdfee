package simmim

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"masked": {
			Doc: "share of the patches that are masked. The official code masks squares of 32 pixels; here, as in " +
				"lightly, each patch is drawn by itself",
			Source: "Xie et al. 2022, §4.1: 0.6; for patches of 16 pixels, Table 1: 0.8",
		},
	}
}
