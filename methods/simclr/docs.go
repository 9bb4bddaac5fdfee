package simclr

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of ParamsV2.
func (ParamsV2) Docs() config.Docs {
	return config.Docs{
		"memory": {
			Doc: "keys of past batches that are negatives besides the batch, embedded by a momentum encoder; a " +
				"multiple of twice the batch size, 0 for none",
			Source: "Chen et al. 2020, arXiv:2006.10029, §2 and Appendix D: 65536, which gains about 1%",
		},
		"encoder_momentum": {
			Doc:    "how much of the memory's encoder is kept at each step; of no effect without memory",
			Source: "Chen et al. 2020, arXiv:2006.10029, Appendix D: 0.999",
		},
	}
}

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature of NT-Xent",
			Source: "Chen et al. 2020, Table 5: 0.1; CIFAR-10: 0.5, Appendix B.9",
		},
		"hidden_dim": {
			Doc:    "width of the projection head's hidden layers; 0 takes the backbone's feature width",
			Source: "Chen et al. 2020, §4.2",
		},
		"output_dim": {
			Doc:    "width of the projections",
			Source: "Chen et al. 2020, §4.2",
		},
		"head_layers": {
			Doc:    "layers of the projection head",
			Source: "Chen et al. 2020, §4.2: 2; SimCLRv2, arXiv:2006.10029, §3.1: 3",
		},
		"batch_norm": {
			Doc: "joint takes batch statistics over both views together, as the authors' code does; per-view over " +
				"each alone",
			Source: "google-research/simclr, run.py",
		},
		"output_bias": {
			Doc:    "give the last batch norm of the head an offset; the authors' code does not",
			Source: "google-research/simclr, model_util.py",
		},
	}
}
