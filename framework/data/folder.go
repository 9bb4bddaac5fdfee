package data

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// FolderParams are the options of the dataset folder.
type FolderParams struct {
	Path       string `yaml:"path"`
	Test       string `yaml:"test"`
	Unlabeled  bool   `yaml:"unlabeled"`
	ClassNames string `yaml:"class_names"`
	Attributes string `yaml:"attributes"`
	OwnImages  `yaml:",inline"`
}

// Validate reports what is missing or contradictory.
func (p *FolderParams) Validate() error { return p.check(p.Path, p.Test) }

func folderFactory() Factory {
	return NewFactory("folder",
		"Your own images ("+formatNames+"), in one folder for each class or without labels, in a directory or an archive.",
		FolderParams{OwnImages: ownImages()}, openFolder)
}

func openFolder(ctx context.Context, p FolderParams, split Split, env Env) (Dataset, error) {
	training, test, err := p.open(split, env)
	if err != nil {
		return nil, err
	}
	if err := p.describe(training, test); err != nil {
		return nil, err
	}
	if test == nil {
		return p.Reading.finish(ctx, training, func(d Dataset) (Dataset, error) { return p.Holdout.part(d, split) }, env)
	}
	if split == Test {
		training = test
	}
	return p.Reading.finish(ctx, training, nil, env)
}

// describe names the classes and adds the attributes, in both splits alike.
func (p FolderParams) describe(training, test *pictures) error {
	splits := []*pictures{training}
	if test != nil && test != training {
		splits = append(splits, test)
	}
	if p.ClassNames != "" {
		names, err := readClassNames(p.ClassNames, training.classes)
		if err != nil {
			return err
		}
		for _, split := range splits {
			split.classes = names
		}
	}
	if p.Attributes == "" {
		return nil
	}
	table, err := readAttributes(p.Attributes)
	if err != nil {
		return err
	}
	for _, split := range splits {
		if err := table.of(split); err != nil {
			return err
		}
	}
	return nil
}

// open opens the training split, and the test split if it lies apart and is asked for.
func (p FolderParams) open(split Split, env Env) (training, test *pictures, err error) {
	list, err := openFiles(p.Path, p.Reading, env)
	if err != nil {
		return nil, nil, err
	}
	testList, testPath := (*files)(nil), p.Test
	apart := list.splits()
	switch {
	case apart != nil && p.Test == "" && p.TestFraction == 0:
		list, testList = apart.open(list)
		testPath = testList.path("")
	case apart != nil && !p.Unlabeled:
		return nil, nil, fmt.Errorf("%s holds the splits %s and %s, not classes; remove test and test_fraction to use "+
			"them, or give the path of one of them",
			p.Path, apart.training, apart.test)
	case p.Test == "" && p.TestFraction == 0:
		return nil, nil, p.noTest()
	case p.Test != "" && split == Test:
		if testList, err = openFiles(p.Test, p.Reading, env); err != nil {
			return nil, nil, err
		}
	}
	if training, err = list.labeled(p.Unlabeled); err != nil {
		return nil, nil, err
	}
	if compressed(list.source) {
		training.notes = append(
			training.notes, p.Path+" is compressed and has to be unpacked as it is read; an uncompressed .tar is faster",
		)
	}
	if training.classes == nil && !p.Unlabeled {
		training.notes = append(
			training.notes, "the images of "+p.Path+" lie in one folder, without a folder for each class: they have no labels",
		)
	}
	if testList == nil {
		if p.Test != "" {
			test = training // of which nothing is used
		}
		return training, test, nil
	}
	if test, err = testList.labeled(p.Unlabeled || training.classes == nil); err != nil {
		return nil, nil, err
	}
	if training.classes != nil && test.classes == nil {
		return nil, nil, fmt.Errorf("%s: %s is in no folder, so its class is unknown: expected class/%s",
			testPath, test.files.path(test.names[0]), test.names[0])
	}
	if err := test.relabel(training.classes, p.Path); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", testPath, err)
	}
	return training, test, nil
}

// noTest says what to give for a test split, and what lies nearby.
func (p FolderParams) noTest() error {
	err := fmt.Errorf("test: must be given, or else test_fraction: %s holds no folders train and val (or test) that "+
		"would be the splits", p.Path)
	for _, name := range slices.Concat(testNames, validationNames) {
		sibling := filepath.Join(filepath.Dir(filepath.Clean(p.Path)), name)
		if info, statErr := os.Stat(sibling); statErr == nil && info.IsDir() && sibling != filepath.Clean(p.Path) {
			return fmt.Errorf("%w; beside it is %s", err, sibling)
		}
	}
	return err
}

// labeled makes samples of the images; the first folder is the class. Where
// none is in a folder, or if that is asked for, there are no labels.
func (f *files) labeled(unlabeled bool) (*pictures, error) {
	nested := func(name string) bool { return strings.Contains(name, "/") }
	if unlabeled || !slices.ContainsFunc(f.names, nested) {
		return &pictures{files: f, names: f.names}, nil
	}
	p := &pictures{files: f}
	var classOf []string
	for _, name := range f.names {
		folder, _, in := strings.Cut(name, "/")
		if !in {
			f.omit(name, "in no folder, so its class is unknown")
			continue
		}
		p.names = append(p.names, name)
		classOf = append(classOf, className(folder))
	}
	number := map[string]int{}
	for _, class := range classOf {
		number[class] = 0
	}
	// Sorted names do not always give sorted classes: "a-b/…" comes before "a/…".
	p.classes = slices.Sorted(maps.Keys(number))
	for i, class := range p.classes {
		number[class] = i
	}
	p.labels = make([]int, len(classOf))
	for i, class := range classOf {
		p.labels[i] = number[class]
	}
	f.omitEmptyClasses(p.classes)
	return p, nil
}

// omitEmptyClasses tells of folders beside the classes, which are sorted, that give none.
func (f *files) omitEmptyClasses(classes []string) {
	for folder := range f.folders {
		inner, ok := strings.CutPrefix(folder, f.folder)
		if !ok || strings.Contains(inner, "/") || hidden(inner) {
			continue
		}
		if _, found := slices.BinarySearch(classes, className(inner)); !found {
			f.omitted = append(f.omitted, Omission{
				Path: f.path(inner), Reason: "the folder gives no class: no image in it can be used", Files: 1, Image: true,
			})
		}
	}
	sortOmissions(f.omitted)
}

// relabel numbers the classes as in the given list, which stands for the split at path.
func (p *pictures) relabel(classes []string, path string) error {
	number := make([]int, len(p.classes))
	for old, class := range p.classes {
		at, known := slices.BinarySearch(classes, class)
		if !known {
			return fmt.Errorf("class %q is not among the %d classes of %s; give it training images, or move its folder away",
				class, len(classes), path)
		}
		number[old] = at
	}
	if missing := len(classes) - len(p.classes); missing > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%d of the %d classes have no test images", missing, len(classes)))
	}
	for i, old := range p.labels {
		p.labels[i] = number[old]
	}
	p.classes = classes
	return nil
}
