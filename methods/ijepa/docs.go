package ijepa

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"targets": {
			Doc:    "blocks that are predicted, M",
			Source: "Assran et al. 2023, §3: 4",
		},
		"target_min": {
			Doc:    "least area of a target block, as a share of the patches",
			Source: "Assran et al. 2023, §3: 0.15",
		},
		"target_max": {
			Doc:    "largest area of a target block",
			Source: "Assran et al. 2023, §3: 0.2",
		},
		"aspect_min": {
			Doc: "least height/width of a target block. As in the official code, but not in the paper, one random " +
				"number decides on area and height/width",
			Source: "Assran et al. 2023, §3: 0.75",
		},
		"aspect_max": {
			Doc:    "largest height/width of a target block",
			Source: "Assran et al. 2023, §3: 1.5",
		},
		"context_min": {
			Doc:    "least area of the context, a square from which the targets' patches are taken",
			Source: "Assran et al. 2023, §3: 0.85",
		},
		"context_max": {
			Doc:    "largest area of the context",
			Source: "Assran et al. 2023, §3: 1",
		},
		"least_context": {
			Doc: "patches that a context has more than; otherwise it is placed again, and at last keeps patches of " +
				"targets. Unlike in the official code contexts of a batch are not cut to the shortest",
			Source: "official code, configs/in1k_vith14_ep300.yaml, min_keep: 10",
		},
		"target_momentum": {
			Doc:    "how much of the target encoder is kept at the first step; it rises to 1 in a line",
			Source: "official code, configs/in1k_vith14_ep300.yaml, ema: 0.996; chosen here for CIFAR-10: 0.99",
		},
		"predictor_width": {
			Doc:    "width of the predictor's tokens",
			Source: "official code, configs/in1k_vith14_ep300.yaml, pred_emb_dim: 384; chosen here for a width of 192: 96",
		},
		"predictor_layers": {
			Doc:    "blocks of the predictor",
			Source: "official code, configs/in1k_vith14_ep300.yaml, pred_depth: 12; chosen here for 6 blocks: 3",
		},
		"predictor_heads": {
			Doc:    "attention heads of the predictor, which divide its width",
			Source: "official code: those of the encoder",
		},
	}
}
