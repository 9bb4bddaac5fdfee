package transfer

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of PromptSettings.
func (PromptSettings) Docs() config.Docs {
	return config.Docs{
		"templates": {
			Doc: "built-in list of prompts: images, clothes, those of the data sets shapes, counting, textures and " +
				"digits, or auto for the one that suits the data set",
		},
		"file": {
			Doc: "file of prompts instead, one a line or a list of texts in JSON, with {} in the place of the " +
				"class's name; empty lines and those that begin with # are left out",
		},
	}
}
