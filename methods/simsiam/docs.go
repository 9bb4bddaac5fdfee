package simsiam

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"projector_layers": {
			Doc:    "layers of the projector",
			Source: "Chen and He 2021, §3: 3; CIFAR-10: 2, Appendix D",
		},
		"hidden_dim": {
			Doc:    "width of the projector's hidden layers; 0 takes the backbone's feature width",
			Source: "official code: the feature width, 2048 in ResNet-50; CIFAR-10: 2048, Appendix D",
		},
		"output_dim": {
			Doc:    "width of projections and predictions",
			Source: "Chen and He 2021, §3: 2048",
		},
		"bottleneck_dim": {
			Doc:    "width of the predictor's hidden layer",
			Source: "Chen and He 2021, §3: 512",
		},
		"fix_predictor_lr": {
			Doc:    "keep the predictor's learning rate at its base value",
			Source: "Chen and He 2021, §4.2",
		},
	}
}
