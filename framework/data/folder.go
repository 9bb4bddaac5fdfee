package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// FolderParams are the options of the dataset folder.
type FolderParams struct {
	Path      string `yaml:"path" doc:"directory or .tar file with a folder for each class, which holds JPEG and PNG files; the training split, or both"`
	Test      string `yaml:"test" doc:"directory or .tar file of the test split, with the same classes; empty if test_fraction is given"`
	Holdout   `yaml:",inline"`
	Strict    bool  `yaml:"strict" doc:"an image that cannot be decoded ends the run instead of being left out and counted"`
	Cache     int64 `yaml:"cache_bytes" doc:"memory for decoded images, filled as they are first read; 0 decodes at each use" range:"[0,inf)"`
	Selection `yaml:",inline"`
}

// Validate reports what is missing or contradictory.
func (p *FolderParams) Validate() error { return validateSplits(p.Path, p.Test, p.TestFraction) }

func validateSplits(path, test string, fraction float64) error {
	var faults []error
	if path == "" {
		faults = append(faults, config.Faultf("path", "must be given"))
	}
	if test == "" && fraction == 0 {
		faults = append(faults, config.Faultf("test", "must be given, or else test_fraction"))
	}
	if test != "" && fraction > 0 {
		faults = append(faults, config.Faultf("test_fraction", "is given as well as test; remove one of them"))
	}
	return errors.Join(faults...)
}

func folderFactory() Factory {
	return newFactory("folder",
		"Your own images: JPEG and PNG files in one folder for each class, in a directory or a tar archive.",
		FolderParams{Cache: 1 << 29}, openFolder)
}

func openFolder(_ context.Context, p FolderParams, split Split, env Env) (Dataset, error) {
	training, err := openClasses(p.Path, p.Strict, env)
	if err != nil {
		return nil, err
	}
	switch {
	case p.Test == "":
		return p.Holdout.part(Cached(training, p.Cache), split)
	case split == Train:
		return Cached(training, p.Cache), nil
	}
	test, err := openClasses(p.Test, p.Strict, env)
	if err != nil {
		return nil, err
	}
	if err := test.relabel(training.classes, p.Path); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Test, err)
	}
	return Cached(test, p.Cache), nil
}

// openClasses opens a tree in which the first folder is the class.
func openClasses(root string, strict bool, env Env) (*pictures, error) {
	list, err := openFiles(root, env)
	if err != nil {
		return nil, err
	}
	p := &pictures{files: list, names: list.names, strict: strict, labels: make([]int, len(list.names))}
	label := map[string]int{}
	for i, name := range list.names {
		class, _, nested := strings.Cut(name, "/")
		if !nested {
			return nil, fmt.Errorf("%s is in no folder, so its class is unknown: expected class/%s", list.path(name), name)
		}
		if _, known := label[class]; !known {
			label[class] = len(p.classes)
			p.classes = append(p.classes, class)
		}
		p.labels[i] = label[class]
	}
	// Sorted names do not always give sorted classes: "a-b/…" comes before "a/…".
	sorted := slices.Sorted(slices.Values(p.classes))
	return p, p.relabel(sorted, root)
}

// relabel numbers the classes as in the given list, which stands for the split at path.
func (p *pictures) relabel(classes []string, path string) error {
	number := make([]int, len(p.classes))
	for old, class := range p.classes {
		at, known := slices.BinarySearchFunc(classes, class, cmp.Compare[string])
		if !known {
			return fmt.Errorf("class %q is not among the %d classes of %s", class, len(classes), path)
		}
		number[old] = at
	}
	for i, old := range p.labels {
		p.labels[i] = number[old]
	}
	p.classes = classes
	return nil
}
