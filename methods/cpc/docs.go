package cpc

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"patch_size": {
			Doc: "side of a patch in pixels. The backbone is one of the registry's: its batch norms see all patches, where " +
				"the paper has layer norm and a wider ResNet",
			Source: "Hénaff et al. 2020: 80 of 260 pixels; chosen here for 32 pixels: 8",
		},
		"stride": {
			Doc:    "pixels from patch to patch",
			Source: "Hénaff et al. 2020: 36; chosen here for 32 pixels: 4",
		},
		"ahead": {
			Doc:    "rows on of the patch that is predicted; where there are no more rows than that, the last is",
			Source: "Hénaff et al. 2020, appendix A.2, steps_to_ignore 2, steps_to_predict 3: 3",
		},
		"directions": {
			Doc: "down, up, right and left: this many of them, in that order, each with a context network of its own, which " +
				"the paper leaves open",
			Source: "Hénaff et al. 2020: 4",
		},
		"scale": {
			Doc:    "factor of the predictions",
			Source: "Hénaff et al. 2020, appendix A.2, emb_scale: 0.1",
		},
		"context_blocks": {
			Doc:    "residual blocks of the context network, a PixelCNN",
			Source: "Hénaff et al. 2020, appendix A.2: 5",
		},
		"hidden_dim": {
			Doc:    "channels inside these blocks",
			Source: "Hénaff et al. 2020, appendix A.2: 256",
		},
		"output_dim": {
			Doc:    "width of predictions and targets",
			Source: "Hénaff et al. 2020, appendix A.2: 64",
		},
	}
}
