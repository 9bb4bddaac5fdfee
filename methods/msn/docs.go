package msn

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature of the assignments to the prototypes",
			Source: "official code, msn_vits16.yaml: 0.1",
		},
		"sharpening": {
			Doc:    "temperature that sharpens the targets besides",
			Source: "official code, msn_vits16.yaml: 0.25",
		},
		"sinkhorn_iterations": {
			Doc:    "iterations of Sinkhorn on the targets; 0 for none",
			Source: "official code, src/losses.py: 3",
		},
		"entropy_weight": {
			Doc:    "weight of the mean entropy, which is maximized, λ",
			Source: "official code, msn_vits16.yaml: 1",
		},
		"patch_drop": {
			Doc:    "share of the patches that the large anchors are left without",
			Source: "official code, msn_vits16.yaml, the only configuration that it has: 0.15",
		},
		"prototypes": {
			Doc:    "number of prototypes",
			Source: "official code, msn_vits16.yaml: 1024",
		},
		"target_momentum": {
			Doc:    "how much of the target network is kept at the first step; it rises to 1 in a line",
			Source: "official code, src/msn_train.py: 0.996",
		},
		"hidden_dim": {
			Doc:    "width of the head's hidden layers",
			Source: "official code, msn_vits16.yaml: 2048",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "official code, msn_vits16.yaml: 256",
		},
	}
}
