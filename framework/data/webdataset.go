package data

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// WebDatasetParams are the options of the dataset webdataset.
type WebDatasetParams struct {
	Path       string `yaml:"path"`
	Test       string `yaml:"test"`
	Label      string `yaml:"label"`
	Caption    string `yaml:"caption"`
	ClassNames string `yaml:"class_names"`
	OwnImages  `yaml:",inline"`
}

// Validate reports what is missing or contradictory.
func (p *WebDatasetParams) Validate() error { return p.check(p.Path, p.Test) }

func webDatasetFactory() Factory {
	return NewFactory("webdataset",
		"Your own images ("+formatNames+") in shards as webdataset has them: .tar files in which the files of a sample have "+
			"one name and several endings, such as 0001.jpg, 0001.cls, 0001.txt and 0001.json. They are read where they lie.",
		WebDatasetParams{OwnImages: ownImages()}, openWebDataset)
}

func openWebDataset(ctx context.Context, p WebDatasetParams, split Split, env Env) (Dataset, error) {
	training, test, err := p.shards()
	if err != nil {
		return nil, err
	}
	wanted := fields{label: p.Label, caption: p.Caption}
	read, err := readShards(ctx, training, wanted, env)
	if err != nil {
		return nil, err
	}
	all, err := read.pictures(p.Reading)
	if err != nil {
		return nil, err
	}
	labels, err := read.labeling(all, p.ClassNames)
	if err != nil {
		return nil, err
	}
	if test == nil {
		return p.Reading.finish(ctx, all, func(d Dataset) (Dataset, error) { return p.Holdout.part(d, split) }, env)
	}
	if split == Train {
		return p.Reading.finish(ctx, all, nil, env)
	}
	if read, err = readShards(ctx, test, wanted, env); err != nil {
		return nil, err
	}
	if all, err = read.pictures(p.Reading); err != nil {
		return nil, err
	}
	if err := labels.apply(read, all); err != nil {
		return nil, err
	}
	return p.Reading.finish(ctx, all, nil, env)
}

// shards are those of the training split, and of the test split if it lies apart.
func (p WebDatasetParams) shards() (training, test []string, err error) {
	found, err := findShards(p.Path)
	if err != nil {
		return nil, nil, err
	}
	of := shardSplits(p.Path, found)
	switch {
	case p.TestFraction == 0 && p.Test == "" && of != nil:
		return of[Train], of[Test], nil
	case of != nil:
		return nil, nil, fmt.Errorf("%s holds the shards of a training and of a test split; remove test and test_fraction to "+
			"use them, or name the training shards alone, as in path: train-{0000..0099}.tar", p.Path)
	case p.TestFraction > 0:
		return found, nil, nil
	case p.Test == "":
		return nil, nil, config.Faultf("test", "must be given, or else test_fraction: the names of the shards of %s do not "+
			"say train and val (or test)", p.Path)
	}
	test, err = findShards(p.Test)
	return found, test, err
}

// labeling says how the labels of a training split are numbered.
type labeling struct {
	path    string   // of a shard of the training split
	classes []string // nil for a data set without labels
	numbers bool     // labels are the numbers of the classes; otherwise their names
	shown   []string // what the classes are called
}

// labeling numbers the labels of a training split, and applies the numbers.
func (s *shardSet) labeling(all *pictures, namesFile string) (*labeling, error) {
	l := &labeling{path: s.samples[0].shard.path, numbers: true}
	names, most := map[string]bool{}, -1
	for _, sample := range s.samples {
		if sample.label == "" {
			continue
		}
		n, err := strconv.Atoi(sample.label)
		l.numbers = l.numbers && err == nil
		most = max(most, n)
		names[sample.label] = true
	}
	switch {
	case len(names) == 0:
		if namesFile != "" {
			return nil, config.Faultf("class_names", "the samples have no labels that could have names")
		}
		return l, nil
	case l.numbers && most >= maxClasses:
		return nil, fmt.Errorf("%s: a label of %d: expected less than %d; labels that are no numbers of classes are given "+
			"as text", l.path, most, maxClasses)
	case l.numbers:
		for n := range most + 1 {
			l.classes = append(l.classes, strconv.Itoa(n))
		}
	default:
		l.classes = slices.Sorted(maps.Keys(names))
	}
	l.shown = l.classes
	if namesFile != "" {
		var err error
		if l.shown, err = readClassNames(namesFile, l.padded()); err != nil {
			return nil, err
		}
	}
	return l, l.apply(s, all)
}

// maxClasses bounds numbers of classes: larger ones are something else.
const maxClasses = 1 << 20

// padded are the classes in the order that a file of names has them in: numbers
// with zeros before them, so that they sort as texts.
func (l *labeling) padded() []string {
	if !l.numbers {
		return l.classes
	}
	out := make([]string, len(l.classes))
	for i := range out {
		out[i] = fmt.Sprintf("%0*d", len(strconv.Itoa(len(out)-1)), i)
	}
	return out
}

// apply numbers the labels of a split.
func (l *labeling) apply(s *shardSet, all *pictures) error {
	if l.classes == nil {
		return nil
	}
	all.classes, all.labels = l.shown, make([]int, len(s.samples))
	seen := make([]bool, len(l.classes))
	for i, sample := range s.samples {
		n, err := l.number(sample.label)
		if err != nil {
			return fmt.Errorf("%s: %w", all.path(i), err)
		}
		all.labels[i], seen[n] = n, true
	}
	missing := 0
	for _, s := range seen {
		if !s {
			missing++
		}
	}
	if missing > 0 {
		all.notes = append(all.notes, fmt.Sprintf("%d of the %d classes have no images here", missing, len(seen)))
	}
	return nil
}

func (l *labeling) number(label string) (int, error) {
	if l.numbers {
		n, err := strconv.Atoi(label)
		if err != nil || n < 0 || n >= len(l.classes) {
			return 0, fmt.Errorf("a label %q, but those of the training split are numbers from 0 to %d (%s)",
				label, len(l.classes)-1, l.path)
		}
		return n, nil
	}
	n, known := slices.BinarySearch(l.classes, label)
	if !known {
		return 0, fmt.Errorf("a label %q that is not among the %d of the training split (%s)", label, len(l.classes), l.path)
	}
	return n, nil
}
