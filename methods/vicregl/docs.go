package vicregl

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"alpha": {
			Doc:    "weight of the loss of whole images, α; that of their places is what is left of 1",
			Source: "official code, --alpha and the weights it gives: 0.75 and 0.9",
		},
		"invariance": {
			Doc: "weight of the distance, λ",
			Source: "official code, main_vicregl.py: 25, for LARS and AdamW, which the scale of the loss leaves alone; for " +
				"SGD the three are scaled to 1, 1 and 0.04",
		},
		"variance": {
			Doc:    "weight of the features' standard deviation below 1, μ",
			Source: "official code, main_vicregl.py: 25",
		},
		"covariance": {
			Doc: "weight of the features' covariance, ν; the terms of the two sides are averaged, where those of VICReg are " +
				"added, so that the same weight is half as much as there",
			Source: "official code, main_vicregl.py: 1",
		},
		"first_matches": {
			Doc: "pairs of places of the first view with the second: those nearest to each other, all if there are fewer",
			Source: "Bardes et al. 2022: 20 for large and 4 for small views; official code, taken here: 20 from the first " +
				"view to the second, 4 the other way, whatever the size",
		},
		"second_matches": {
			Doc:    "pairs of places of the second view with the first",
			Source: "official code: 4 (see first_matches)",
		},
		"all_by_feature": {
			Doc:    "whether all places are paired with the nearest feature, not the nearest pairs alone",
			Source: "official code, --l2_all_matches: true",
		},
		"ignore_flips": {
			Doc: "whether places are paired as if no view had been flipped",
			Source: "Bardes et al. 2022, location-based matching: by the place in the image, so false; official code, " +
				"--no-flip-grid: true by default",
		},
		"head_layers": {
			Doc:    "layers of both expanders",
			Source: "official code, --mlp and --maps-mlp: 3",
		},
		"hidden_dim": {
			Doc:    "width of the hidden layers of the expander of whole images",
			Source: "official code, --mlp: 8192; chosen here: 2048, as for VICReg",
		},
		"output_dim": {
			Doc:    "width of the embeddings of whole images",
			Source: "official code, --mlp: 8192; chosen here: 2048, as for VICReg",
		},
		"local_dim": {
			Doc:    "width of all layers of the expander of places",
			Source: "official code, --maps-mlp: 512; chosen here: 128, a quarter as the other widths",
		},
	}
}
