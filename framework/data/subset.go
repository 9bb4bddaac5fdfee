package data

import (
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/random"
)

// Subset selects part of a dataset at random, the same part for the same seed.
// The zero value selects everything.
type Subset struct {
	Limit    int     `yaml:"limit" doc:"at most so many samples, as evenly from the classes as they allow; 0 for all" range:"[0,1000000000]"`
	Fraction float64 `yaml:"fraction" doc:"share of the samples of each class, at least one sample of each; 0 for all" range:"[0,1]"`
	Seed     uint64  `yaml:"seed" doc:"seed of the selection; not the seed of the run, so that all runs see the same samples"`
}

// Validate reports every option that is out of range.
func (s *Subset) Validate() error {
	var f faults
	within(&f, "limit", s.Limit, 0, 1e9)
	within(&f, "fraction", s.Fraction, 0, 1)
	return f.err()
}

// Of returns the selected part of a dataset, in the dataset's order. A smaller
// selection of the same seed is part of a larger one.
func (s Subset) Of(dataset Dataset) (Dataset, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if (s.Limit == 0 || s.Limit >= dataset.Len()) && (s.Fraction == 0 || s.Fraction == 1) {
		return dataset, nil
	}
	classes := byClass(dataset)
	for c, members := range classes {
		stream := random.New(s.Seed, uint64(c))
		order := make([]int, len(members))
		stream.Perm(order)
		shuffled := make([]int, len(members))
		for i, o := range order {
			shuffled[i] = members[o]
		}
		if s.Fraction > 0 {
			keep := int(math.Round(s.Fraction * float64(len(shuffled))))
			shuffled = shuffled[:min(max(keep, 1), len(shuffled))]
		}
		classes[c] = shuffled
	}
	indices := inTurns(classes)
	if s.Limit > 0 && s.Limit < len(indices) {
		indices = indices[:s.Limit]
	}
	slices.Sort(indices)
	return &subset{Dataset: dataset, indices: indices}, nil
}

// byClass returns the samples of each class; those without a label come last.
func byClass(dataset Dataset) [][]int {
	classes := make([][]int, len(dataset.Classes())+1)
	for i := range dataset.Len() {
		c := dataset.Label(i)
		if c < 0 {
			c = len(classes) - 1
		}
		classes[c] = append(classes[c], i)
	}
	return classes
}

// inTurns takes one member of each class after another.
func inTurns(classes [][]int) (all []int) {
	for taken := 0; ; taken++ {
		before := len(all)
		for _, members := range classes {
			if taken < len(members) {
				all = append(all, members[taken])
			}
		}
		if len(all) == before {
			return all
		}
	}
}

// subset is the part of a dataset with the given indices.
type subset struct {
	Dataset
	indices []int
}

func (s *subset) Len() int                      { return len(s.indices) }
func (s *subset) Label(i int) int               { return s.Dataset.Label(s.indices[i]) }
func (s *subset) Caption(i int) string          { return s.Dataset.Caption(s.indices[i]) }
func (s *subset) Image(i int, dst *Image) error { return s.Dataset.Image(s.indices[i], dst) }
