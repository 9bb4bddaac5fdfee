package alignuniform

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"align": {
			Doc:    "weight of the alignment",
			Source: "Wang and Isola 2020, §5: 1",
		},
		"uniform": {
			Doc:    "weight of the uniformity",
			Source: "Wang and Isola 2020, §5: 1",
		},
		"scale": {
			Doc:    "t of the Gaussian potential exp(-t‖x-y‖²)",
			Source: "Wang and Isola 2020, §4.1.2: 2",
		},
		"output_dim": {
			Doc:    "width of the embeddings",
			Source: "Wang and Isola 2020, §5: 128",
		},
	}
}
