package deepclusterv2

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature",
			Source: "official code, main_deepclusterv2.py: 0.1",
		},
		"clusters": {
			Doc:    "clusters of each clustering; no more than there are samples",
			Source: "official code: 3000 for 1000 classes; chosen here for 10 classes: 64",
		},
		"clusterings": {
			Doc:    "clusterings, which look in turn at what is remembered of each large crop",
			Source: "official code: 3",
		},
		"kmeans_iterations": {
			Doc:    "iterations of k-means between two epochs",
			Source: "official code: 10",
		},
		"hidden_dim": {
			Doc:    "width of the head's hidden layer",
			Source: "official code: 2048",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "official code: 128",
		},
	}
}
