package invaspread

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature",
			Source: "official code, demo_seen.py, --batch-t: 0.1",
		},
		"negative_weight": {
			Doc:    "weight of the negatives",
			Source: "official code, demo_seen.py, --batch-m: 1",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "official code, demo_seen.py, --low-dim: 128",
		},
	}
}
