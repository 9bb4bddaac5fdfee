package clip

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Params.
func (Params) Docs() config.Docs {
	return config.Docs{
		"temperature": {
			Doc:    "softmax temperature at the start; it is learned",
			Source: "Radford et al. 2021, §2.5: 0.07",
		},
		"max_scale": {
			Doc:    "bound on what cosines are multiplied by, the reciprocal of the temperature",
			Source: "Radford et al. 2021, §2.5: 100",
		},
	}
}

// Docs documents the keys of SigLIPParams.
func (SigLIPParams) Docs() config.Docs {
	return config.Docs{
		"scale": {
			Doc:    "what cosines are multiplied by at the start; it is learned",
			Source: "Zhai et al. 2023, §3.2: 10",
		},
		"bias": {
			Doc: "what is added to the logits at the start; it is learned, and begins low because nearly all pairs do " +
				"not match",
			Source: "Zhai et al. 2023, §3.2: -10",
		},
	}
}

// Docs documents the keys of Towers.
func (Towers) Docs() config.Docs {
	return config.Docs{
		"embed_dim": {
			Doc:    "width of the space that images and texts share",
			Source: "Radford et al. 2021, Appendix F: 512 to 1024",
		},
		"image_projection": {
			Doc: "linear maps the backbone's features to the shared space; none takes them as they are; auto is none " +
				"for features that are embed_dim wide already, such as those of clip-vit and clip-resnet",
			Source: "Radford et al. 2021, §2.3",
		},
		"text":      {Doc: "the text transformer"},
		"tokenizer": {Doc: "how captions become tokens"},
	}
}

// Docs documents the keys of Text.
func (Text) Docs() config.Docs {
	return config.Docs{
		"width": {
			Doc:    "width of the tokens",
			Source: "Radford et al. 2021, §2.4: 512",
		},
		"layers": {
			Doc:    "number of encoder blocks",
			Source: "Radford et al. 2021, §2.4: 12",
		},
		"heads": {
			Doc:    "attention heads, which divide the width",
			Source: "Radford et al. 2021, §2.4: 8",
		},
		"activation": {
			Doc:    "quick-gelu, x·sigmoid(1.702x), or gelu",
			Source: "openai/CLIP, model.py",
		},
		"context_length": {
			Doc:    "tokens that are kept of a text, with its start and end",
			Source: "openai/CLIP, clip.py: 77; Radford et al. 2021, §2.4: 76",
		},
	}
}

// Docs documents the keys of Tokenizer.
func (Tokenizer) Docs() config.Docs {
	return config.Docs{
		"merges": {
			Doc: "file of merges in OpenAI's format, such as bpe_simple_vocab_16e6.txt.gz; empty learns them from the " +
				"captions of the training set",
		},
		"vocabulary": {
			Doc: "number of token ids, at least 514; 0 takes those of the file, at most CLIP's 49408, or 1024 for a " +
				"tokenizer that is learned",
			Source: "Radford et al. 2021, §2.4: 49152 and the special tokens",
		},
	}
}
