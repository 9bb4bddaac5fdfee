package dcl

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature",
			Source: "lightly, DCLLoss and CIFAR-10 benchmark: 0.1",
		},
		"weighted": {
			Doc:    "DCLW: stress positives that are far apart",
			Source: "Yeh et al. 2022, §3.2",
		},
		"sigma": {
			Doc:    "concentration of the weights of DCLW",
			Source: "Yeh et al. 2022, §3.2; lightly, DCLWLoss: 0.5",
		},
		"hidden_dim": {
			Doc:    "width of the projection head's hidden layer; 0 takes the backbone's feature width",
			Source: "as SimCLR, Chen et al. 2020, §4.2",
		},
		"output_dim": {
			Doc:    "width of the projections",
			Source: "as SimCLR, Chen et al. 2020, §4.2: 128",
		},
	}
}
