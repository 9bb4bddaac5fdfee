package lejepa

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"lambda": {
			Doc:    "weight of the regularizer; the invariance has what is left of 1",
			Source: "official code, by lightly 1.6: 0.05; Balestriero and LeCun 2025 explore 0.01 to 0.1",
		},
		"directions": {
			Doc: "random directions, drawn again in each step, along which the embeddings shall be normally " +
				"distributed",
			Source: "lightly 1.6, after the paper: 1024",
		},
		"knots": {
			Doc:    "points at which characteristic functions are compared",
			Source: "lightly 1.6, after the paper: 17",
		},
		"end": {
			Doc:    "the last of these points; the first is 0",
			Source: "lightly 1.6, after the paper: 3",
		},
		"head_layers": {
			Doc:    "layers of the projector",
			Source: "chosen here: 3",
		},
		"hidden_dim": {
			Doc:    "width of the projector's hidden layers",
			Source: "chosen here: 2048",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "chosen here: 64",
		},
	}
}
