package data

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// pictures is a dataset of image files.
type pictures struct {
	files    *files
	names    []string // the file of each sample
	classes  []string
	labels   []int    // nil for none
	captions []string // nil for none
	table    string   // that lists the samples; "" for none
	lines    []int    // of the table, counted from 1
	strict   bool
}

func (p *pictures) Len() int          { return len(p.names) }
func (p *pictures) Classes() []string { return p.classes }

func (p *pictures) Label(i int) int {
	if p.labels == nil {
		return -1
	}
	return p.labels[i]
}

func (p *pictures) Caption(i int) string {
	if p.captions == nil {
		return ""
	}
	return p.captions[i]
}

func (p *pictures) Image(i int, dst *Image) error {
	if err := p.files.decode(p.names[i], dst); err != nil {
		return &SampleError{Index: i, Path: p.path(i), Strict: p.strict, Err: err}
	}
	return nil
}

// path names the file of a sample, and the line of the table that lists it.
func (p *pictures) path(i int) string {
	path := p.files.path(p.names[i])
	if p.table == "" {
		return path
	}
	return fmt.Sprintf("%s, line %d: %s", p.table, p.lines[i], path)
}

// Holdout says what the test split is when it does not lie apart: a share of each class.
type Holdout struct {
	TestFraction float64 `yaml:"test_fraction" doc:"share of the samples of each class that is the test split, when test is not given" range:"[0,1)"`
	SplitSeed    uint64  `yaml:"split_seed" doc:"seed of the choice of test_fraction"`
}

// part returns the part of a dataset that is the split; none may be empty.
func (h Holdout) part(dataset Dataset, split Split) (Dataset, error) {
	out := &subset{Dataset: dataset}
	for c, members := range byClass(dataset) {
		members = shuffled(members, random.New(h.SplitSeed, uint64(c)))
		test := share(h.TestFraction, len(members))
		if split == Test {
			out.indices = append(out.indices, members[:test]...)
		} else {
			out.indices = append(out.indices, members[test:]...)
		}
	}
	if len(out.indices) == 0 {
		return nil, fmt.Errorf("test_fraction %g of %d samples, rounded class by class, leaves the %s split none; choose another share or name a test split of its own",
			h.TestFraction, dataset.Len(), split)
	}
	return out.sorted(), nil
}
