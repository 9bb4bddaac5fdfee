package optim

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of RateConfig.
func (RateConfig) Docs() config.Docs {
	return config.Docs{
		"base": {
			Doc:    "learning rate at a batch of 256; it is scaled by batch_size/256 unless absolute is set",
			Source: "Goyal et al. 2017, arXiv:1706.02677, §2.1",
		},
		"absolute": {Doc: "take base as it is, without scaling by the batch size"},
		"schedule": {Doc: "what happens after the warm-up: cosine to final, steps at milestones, or constant"},
		"form": {
			Doc: "where the warm-up begins and the cosine ends, as published: lightly ((step+1)/warmup; ends at " +
				"final), dino (step/(warmup-1), also solo-learn) or mocov3 (step/warmup)",
		},
		"warmup_epochs": {Doc: "epochs of linear warm-up from warmup_start"},
		"warmup_start":  {Doc: "learning rate at the start of the warm-up"},
		"final":         {Doc: "learning rate at the end of the cosine"},
		"milestones": {
			Doc: "epochs that begin with the learning rate multiplied by factor, schedule step only",
		},
		"factor": {Doc: "see milestones"},
	}
}

// Docs documents the keys of Config.
func (Config) Docs() config.Docs {
	return config.Docs{
		"name": {
			Doc: "sgd, lars (the form of the paper, of lightly, solo-learn and LARC), lars-mocov3 (with the decay " +
				"inside the norm), adam or adamw",
		},
		"momentum": {Doc: "momentum of sgd and lars; 0 for none"},
		"nesterov": {Doc: "Nesterov's form of momentum, sgd and lars"},
		"trust": {
			Doc:    "trust coefficient of lars",
			Source: "You, Gitman and Ginsburg 2017, arXiv:1708.03888",
		},
		"clip_rate": {Doc: "never let lars go faster than sgd would"},
		"beta1": {
			Doc:    "decay of the first moment, adam and adamw",
			Source: "Kingma and Ba 2015, arXiv:1412.6980",
		},
		"beta2": {
			Doc:    "decay of the second moment, adam and adamw",
			Source: "Kingma and Ba 2015, arXiv:1412.6980",
		},
		"epsilon":      {Doc: "added to the root of the second moment, adam and adamw"},
		"weight_decay": {Doc: "weight decay"},
		"decay_all": {
			Doc: "decay biases and normalization parameters too, and let lars scale them, as the official code of " +
				"MoCo, SimSiam and SwAV does",
		},
		"clip_norm": {Doc: "bound on the norm of all gradients together; 0 for none"},
		"clip_each": {
			Doc:    "bound on the norm of each parameter's gradient; 0 for none",
			Source: "Caron et al. 2021, arXiv:2104.14294: 3",
		},
	}
}
