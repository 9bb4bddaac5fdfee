package invaspread

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature",
			Source: "Ye et al. 2019, §4: 0.1",
		},
		"negative_weight": {
			Doc:    "weight of the negatives",
			Source: "official code, BatchAverage.py, negM: 1, as in Ye et al. 2019, eq. 6",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "Ye et al. 2019, §4: 128",
		},
	}
}
