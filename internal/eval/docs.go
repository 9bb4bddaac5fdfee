package eval

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of FewShot.
func (FewShot) Docs() config.Docs {
	return config.Docs{
		"shots": {
			Doc:    "numbers of training samples a class, an evaluation each; empty for no such evaluation",
			Source: "Radford et al. 2021, figure 6: 1, 2, 4, 8, 16",
		},
		"draws":        {Doc: "random draws of the samples, over which accuracies are averaged"},
		"seed":         {Doc: "seed of the draws; not the seed of the run, so that all runs learn from the same samples"},
		"weight_decay": {Doc: "L2 penalty on the weights, relative to the mean cross entropy"},
		"standardize":  {Doc: "scale each feature to mean 0 and standard deviation 1 first"},
	}
}

// Docs documents the keys of GridSettings.
func (GridSettings) Docs() config.Docs {
	return config.Docs{
		"rates": {
			Doc:    "learning rates to choose from; they hold for the batch size as it is",
			Source: "chosen here, around DINOv2's 1e-5 to 0.1 and MoCo's 30",
		},
		"epochs": {
			Doc:    "passes over the features",
			Source: "chosen here; DINO and SimSiam: 100 and 90",
		},
		"batch_size": {
			Doc:    "samples a step; all of them if there are fewer",
			Source: "MoCo, SimSiam: 256",
		},
		"held_out": {
			Doc:    "share of the training samples of each class that the rate is chosen on",
			Source: "chosen here",
		},
		"seed": {Doc: "seed of the order of samples and of what is held out; not the seed of the run"},
	}
}

// Docs documents the keys of LinearSettings.
func (LinearSettings) Docs() config.Docs {
	return config.Docs{
		"skip":         {Doc: "no linear probe"},
		"weight_decay": {Doc: "L2 penalty on the weights, relative to the mean cross entropy"},
		"standardize":  {Doc: "scale each feature to mean 0 and standard deviation 1 first"},
	}
}

// Docs documents the keys of KNNSettings.
func (KNNSettings) Docs() config.Docs {
	return config.Docs{
		"k": {
			Doc:    "neighbors; 0 for no such evaluation",
			Source: "Wu et al. 2018, §3.4: 200",
		},
		"temperature": {
			Doc:    "neighbors vote with exp(similarity/temperature)",
			Source: "Wu et al. 2018, §3.4: 0.07",
		},
	}
}
