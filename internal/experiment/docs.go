package experiment

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of Spec.
func (Spec) Docs() config.Docs {
	return config.Docs{
		"study": {Doc: "the comparison that the run belongs to; empty for none"},
		"seed":  {Doc: "seed of the initial weights, the order of samples and the views"},
		"seeds": {Doc: "seeds that differ from seed, to learn where the variance of scores comes from"},
		"preset": {
			Doc: "published settings of the method to start from, which other keys change; empty for the " +
				"defaults, which are the same training for all methods",
		},
		"backend": {
			Doc: "what computes: kontrast, the engine for CPUs; go, GoMLX's in pure Go; xla:cpu or xla:cuda, a plugin of XLA; " +
				"with a precision as in kontrast:bfloat16, and for XLA a number of devices as in xla:cuda,devices=4 " +
				"(see: kontrast backend --help). Runs of different backends are settings of their own",
		},
		"method":   {Doc: "the contrastive method: a name, or a mapping of name and hyperparameters"},
		"backbone": {Doc: "the network whose features are learned"},
		"dataset":  {Doc: "the images"},
		"views":    {Doc: "how the views of a sample are made"},
		"train":    {Doc: "how the method is trained"},
		"eval":     {Doc: "how the frozen backbone is evaluated"},
		"grid":     {Doc: "for compare: which keys vary over which values; every combination is run"},
		"baselines": {
			Doc: "for compare: what trains nothing and is measured beside the methods, each a name or a mapping of name and " +
				"parameters: untrained, the backbone as initialized; pixels; pixels-pca, their principal components",
		},
	}
}

// Docs documents the keys of PixelsParams.
func (PixelsParams) Docs() config.Docs {
	return config.Docs{
		"size": {Doc: "most rows and columns of pixels; larger images become the means of blocks"},
	}
}

// Docs documents the keys of PixelsPCAParams.
func (PixelsPCAParams) Docs() config.Docs {
	return config.Docs{
		"components": {Doc: "how many, those of the largest variance over the training split"},
		"whiten":     {Doc: "whether each is divided by its standard deviation"},
	}
}

// Docs documents the keys of Seeds.
func (Seeds) Docs() config.Docs {
	return config.Docs{
		"weights": {Doc: "of the initial weights; null for seed"},
		"order":   {Doc: "of the order of samples; null for seed"},
		"views": {
			Doc: "of the views, and of what the network draws itself in each step, as drop path does; null for " +
				"seed",
		},
	}
}

// Docs documents the keys of Views.
func (Views) Docs() config.Docs {
	return config.Docs{
		"recipe": {
			Doc: "auto for the recipe of the method's paper, auto:METHOD for that of another's, or the name of a " +
				"recipe, to give several methods the same views",
		},
		"size": {
			Doc: "height and width of the views in pixels; 0 for the images' own or, where they differ or are " +
				"large, the rounded median of their shorter sides, at most 224",
		},
		"custom": {Doc: "views given one by one instead of a recipe"},
		"normalization": {
			Doc: "mean and standard deviation of the channels; null to measure them on the training set",
		},
	}
}

// Docs documents the keys of Eval.
func (Eval) Docs() config.Docs {
	return config.Docs{
		"every_epochs": {Doc: "evaluate each time this many epochs have passed as well as at the end; 0 for the end only"},
		"batch_size":   {Doc: "images a batch when features are computed"},
		"protocols": {
			Doc: "what frozen features are measured by, all of them on the same features (see: kontrast protocols)",
		},
		"datasets": {
			Doc: "other data sets to measure the frozen backbone on, each a name or a mapping of name and " +
				"parameters (see: kontrast datasets)",
		},
		"online_probe": {
			Doc: "train a linear classifier of the features beside the network, which gets no gradient from it: " +
				"the metric online_top1 of the training views, and the evaluation online",
		},
		"knn":         {Doc: "the protocol knn: weighted nearest neighbors by cosine"},
		"linear":      {Doc: "the protocol linear: multinomial logistic regression"},
		"linear_grid": {Doc: "the protocols linear-grid and linear-grid-bn: SGD with a choice of learning rates"},
		"few_shot":    {Doc: "linear probes with few samples a class"},
		"fine_tune":   {Doc: "training of the whole network with labels"},
		"prompts":     {Doc: "texts that classes are named by, for methods that learn from captions"},
	}
}

// Docs documents the keys of Weights.
func (Weights) Docs() config.Docs {
	return config.Docs{
		"file":    {Doc: "file of weights that the backbone starts from, or the folder of one in several parts"},
		"from":    {Doc: "whose names its tensors have (see: kontrast import --help); empty to recognize it"},
		"encoder": {Doc: "which network of the file, such as momentum or teacher; empty for the usual one"},
		"sha256":  {Doc: "SHA-256 of the file, which the run is pinned to; empty to take that of the file"},
	}
}
