package data2vec

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"masked": {
			Doc:    "share of the patches that is masked, in blocks; a little less where the last block does not fit",
			Source: "Baevski et al. 2022, §4.1: 0.6; official code: 120 of 196 patches",
		},
		"smallest_block": {
			Doc:    "patches of the smallest block",
			Source: "official code: 16 of 196 patches; chosen here for 64: 4",
		},
		"averaged_blocks": {
			Doc:    "last blocks of the teacher that targets are the mean of, K",
			Source: "official code for ViT-B: 6 of 12; chosen here for 6 blocks: 3",
		},
		"beta": {
			Doc:    "difference from which on the loss is linear, β",
			Source: "Baevski et al. 2022, §4.1, and official code for ViT-B: 2",
		},
		"teacher_momentum": {
			Doc:    "how much of the teacher is kept at each step, τ",
			Source: "Baevski et al. 2022, §4.1, and official code for ViT-B: 0.9998; chosen here for short trainings: 0.99",
		},
	}
}
