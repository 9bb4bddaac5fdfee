package train

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Config.
func (Config) Docs() config.Docs {
	return config.Docs{
		"epochs":        {Doc: "passes over the training set"},
		"batch_size":    {Doc: "samples a step; a last, smaller batch is dropped"},
		"optimizer":     {Doc: "how gradients become steps"},
		"learning_rate": {Doc: "the learning rate and its schedule"},
		"checkpoint":    {Doc: "what survives an interruption"},
		"extensions":    {Doc: "where the training was made longer; kontrast resume RUN --epochs N writes it"},
		"log_every": {
			Doc: "steps between those whose metrics are recorded, beside the first and the last; 0 for every step of up " +
				"to 10,000, and 10,000 of a longer training",
		},
		"workers": {Doc: "goroutines that make views; 0 for one a core"},
	}
}

// Docs documents the keys of CheckpointConfig.
func (CheckpointConfig) Docs() config.Docs {
	return config.Docs{
		"every_steps": {Doc: "steps between checkpoints; 0 for none by steps"},
		"every":       {Doc: "time between checkpoints, such as 5m; 0 for none by time"},
		"keep":        {Doc: "how many of the latest checkpoints are kept"},
	}
}

// Docs documents the keys of Extension.
func (Extension) Docs() config.Docs {
	return config.Docs{
		"epochs": {Doc: "passes over the training set before the extension"},
		"schedule": {
			Doc: "restart: the schedules start again, with their warm-up; stretch: they continue as those of the " +
				"longer training",
			Source: "Loshchilov and Hutter 2017, §3: warm restarts",
		},
	}
}
