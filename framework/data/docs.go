package data

import "github.com/kontrast-ml/kontrast/framework/config"

// Docs documents the keys of CIFAR10Params.
func (CIFAR10Params) Docs() config.Docs {
	return config.Docs{
		"url": {Doc: "where cifar-10-binary.tar.gz is, without its name"},
	}
}

// Docs documents the keys of CIFAR100Params.
func (CIFAR100Params) Docs() config.Docs {
	return config.Docs{
		"url":    {Doc: "where cifar-100-binary.tar.gz is, without its name"},
		"coarse": {Doc: "the 20 superclasses are the labels instead of the 100 classes"},
	}
}

// Docs documents the keys of FolderParams.
func (FolderParams) Docs() config.Docs {
	return config.Docs{
		"path": {
			Doc: "directory or archive (.tar, .tar.gz, .tar.bz2, .zip) with a folder of images for each class; " +
				"the training split, or both. Folders train and val (or test) at its top are taken for the " +
				"splits. Images that lie in no folder are a data set without labels",
		},
		"test": {
			Doc: "directory or archive of the test split, with the same classes; empty if test_fraction is given " +
				"or path holds both splits",
		},
		"unlabeled": {Doc: "the folders are no classes: all images are one set without labels"},
		"class_names": {
			Doc: "file of what the classes are called in prompts, where folders have codes: a line for each with " +
				"the folder and the name, or the names alone in the order of the folders; empty for the folders' " +
				"names",
		},
		"attributes": {
			Doc: "table of further labels of the images, such as attributes: a column of paths (image, filename " +
				"and the like), relative to path or to the table, and a factor in every other; columns of more " +
				"than 10 different numbers are continuous. Empty for none",
		},
	}
}

// Docs documents the keys of Holdout.
func (Holdout) Docs() config.Docs {
	return config.Docs{
		"test_fraction": {
			Doc: "share of the images of each class that is the test split, when test is not given; rounded, but " +
				"every class keeps one for training and, if it has two or more, tests with one",
		},
		"split_seed": {Doc: "seed of the choice of test_fraction"},
	}
}

// Docs documents the keys of MNISTParams.
func (MNISTParams) Docs() config.Docs {
	return config.Docs{
		"url": {Doc: "where the four .gz files are, without their names"},
	}
}

// Docs documents the keys of Normalization.
func (Normalization) Docs() config.Docs {
	return config.Docs{
		"mean": {Doc: "mean of the channels R, G, B on the scale 0 to 1"},
		"std":  {Doc: "standard deviation of the channels R, G, B on the scale 0 to 1"},
	}
}

// Docs documents the keys of PairsParams.
func (PairsParams) Docs() config.Docs {
	return config.Docs{
		"path": {
			Doc: "table of image files and captions, fields separated by commas (.csv), tabs (.tsv), semicolons " +
				"or bars, whose first line names the columns; the training split, or both. Rows with the same " +
				"image are captions of one image",
		},
		"test":   {Doc: "table of the test split; empty if test_fraction is given"},
		"images": {Doc: "directory to which the table's paths are relative; empty for the table's own"},
		"image_column": {
			Doc: "name of the column of paths; empty for the first with a usual name: image, filepath, path, " +
				"file, filename and the like",
		},
		"caption_column": {
			Doc: "name of the column of captions; empty for the first with a usual name: caption, title, text, " +
				"description and the like",
		},
	}
}

// Docs documents the keys of Reading.
func (Reading) Docs() config.Docs {
	return config.Docs{
		"strict": {
			Doc: "an image that cannot be used, for whatever reason, is an error before training instead of " +
				"being left out, counted and recorded; every image is decoded once to know",
		},
		"ignore_orientation": {
			Doc: "images are taken as they are stored, as torchvision does; otherwise they are turned as their " +
				"EXIF orientation says, as viewers do",
		},
		"decode_bytes": {
			Doc: "memory for decoding images, of all workers together; an image that takes more by itself is " +
				"left out, known from its size and depth before it is decoded; 0 for 1 GiB",
		},
		"cache_bytes": {Doc: "memory for decoded images, filled as they are first read; 0 decodes at each use"},
		"cache_disk_bytes": {
			Doc: "space on the disk of downloads (--cache) for the decoded images of each split that cache_bytes has no room " +
				"for; it is given back when the program ends. 0 for none",
		},
		"decode_short_side": {
			Doc: "JPEGs whose shorter side is at least twice as many pixels are decoded at 1/2, 1/4 or 1/8 of their size, " +
				"the smallest with at least so many, in a fraction of the time; they are other pixels than those of the whole " +
				"image. 0 decodes all as they are",
			Source: "Pillow's draft, libjpeg's scale_denom",
		},
	}
}

// Docs documents the keys of ShapesParams.
func (ShapesParams) Docs() config.Docs {
	return config.Docs{
		"train": {Doc: "number of training images"},
		"test":  {Doc: "number of test images"},
		"size":  {Doc: "width and height in pixels"},
		"colors": {
			Doc: "how many colors there are, of shapes and backgrounds: the first of red, orange, yellow, green, " +
				"cyan, blue, purple, pink, white, gray. The more there are, the better images can be told apart " +
				"without looking at the shape; 0 for all",
			Source: "Chen, Luo and Li 2021: easy features suppress others",
		},
		"textures": {
			Doc: "how many textures there are: the first of solid, striped, checked, dotted, shaded; 0 for all",
		},
		"rotation":    {Doc: "largest rotation of a shape to either side, in degrees"},
		"noise":       {Doc: "standard deviation of the noise of each pixel and channel, on the scale 0 to 1"},
		"seed":        {Doc: "seed of the images; not the seed of the run, so that all runs see the same images"},
		"cache_bytes": {Doc: "memory for images once made; 0 makes them again each epoch"},
	}
}

// Docs documents the keys of Generated.
func (Generated) Docs() config.Docs {
	return config.Docs{
		"train":       {Doc: "number of training images"},
		"test":        {Doc: "number of test images"},
		"size":        {Doc: "width and height in pixels"},
		"noise":       {Doc: "standard deviation of the noise of each pixel and channel, on the scale 0 to 1"},
		"seed":        {Doc: "seed of the images; not the seed of the run, so that all runs see the same images"},
		"cache_bytes": {Doc: "memory for images once made; 0 makes them again each epoch"},
	}
}

// Docs documents the keys of Selection.
func (Selection) Docs() config.Docs {
	return config.Docs{
		"limit":      {Doc: "at most so many training samples, as evenly from the classes as they allow; 0 for all"},
		"test_limit": {Doc: "the same for the test samples"},
		"fraction":   {Doc: "share of the training samples of each class, at least one of each; 0 for all"},
		"subset_seed": {
			Doc: "seed of limit, test_limit and fraction; not the seed of the run, so that all runs see the same " +
				"samples",
		},
	}
}

// Docs documents the keys of WebDatasetParams.
func (WebDatasetParams) Docs() config.Docs {
	return config.Docs{
		"path": {
			Doc: "shards of the training split, or of both: a folder with .tar files, one file, or a pattern such as " +
				"train-{0000..0099}.tar or train-*.tar. Names of shards, or of their folders, that say train and val (or " +
				"test) are taken for the splits",
		},
		"test": {
			Doc: "shards of the test split, as in path; empty if test_fraction is given or the shards of path hold both " +
				"splits",
		},
		"label": {
			Doc: "where a sample has its label: the ending of a file, such as cls, or json.KEY for a key of its .json; empty " +
				"for the first it has of cls, json.label and json.cls. Labels that are all numbers are those of the classes, " +
				"from 0; others are their names. Shards without any are a data set without labels",
		},
		"caption": {
			Doc: "where a sample has its caption, as in label; empty for the first it has of txt and json.caption",
		},
		"class_names": {
			Doc: "file of what the classes are called in prompts: the names alone, one a line, in the order of the " +
				"classes' numbers, or a line for each with the label and the name; empty for the labels",
		},
	}
}
