package data

import (
	"math"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// Subset selects part of a dataset at random, the same part for the same seed.
// The zero value selects everything.
type Subset struct {
	// at most so many samples, as evenly from the classes as they allow; 0 for all
	Limit    int     `yaml:"limit" range:"[0,inf)"`
	Fraction float64 `yaml:"fraction" range:"[0,1]"` // share of the samples of each class, at least one of each; 0 for all
	Seed     uint64  `yaml:"seed"`                   // of the choice
}

// Selection is the Subset of each split, as the options of every dataset have it.
type Selection struct {
	Limit     int     `yaml:"limit" range:"[0,inf)"`
	TestLimit int     `yaml:"test_limit" range:"[0,inf)"`
	Fraction  float64 `yaml:"fraction" range:"[0,1]"`
	Seed      uint64  `yaml:"subset_seed"`
}

func (s Selection) of(dataset Dataset, split Split) (Dataset, error) {
	if split == Test {
		return Subset{Limit: s.TestLimit, Seed: s.Seed}.Of(dataset)
	}
	if classes := classesOf(dataset); s.Limit > 0 && s.Limit < classes {
		return nil, config.Faultf("limit", "%d samples of %d classes would leave some without any; give at least %d",
			s.Limit, classes, classes)
	}
	return Subset{Limit: s.Limit, Fraction: s.Fraction, Seed: s.Seed}.Of(dataset)
}

// classesOf is the number of classes that have samples.
func classesOf(dataset Dataset) (n int) {
	seen := make([]bool, len(dataset.Classes()))
	for i := range dataset.Len() {
		if c := dataset.Label(i); c >= 0 && !seen[c] {
			seen[c] = true
			n++
		}
	}
	return n
}

// Of returns the selected part of a dataset, in the dataset's order. A smaller
// selection of the same seed is part of a larger one. Samples that show the same
// image (see [Grouped]) are selected together, so that Limit may not be reached.
// Values out of their ranges are an error.
func (s Subset) Of(dataset Dataset) (Dataset, error) {
	if err := config.Check(&s); err != nil {
		return nil, err
	}
	if (s.Limit == 0 || s.Limit >= dataset.Len()) && (s.Fraction == 0 || s.Fraction == 1) {
		return dataset, nil
	}
	classes := byClass(dataset)
	for c, members := range classes {
		classes[c] = shuffled(members, random.New(s.Seed, uint64(c)))
		if s.Fraction > 0 {
			classes[c] = classes[c][:share(s.Fraction, len(members))]
		}
	}
	out := &subset{Dataset: dataset}
	for _, image := range inTurns(classes) {
		if s.Limit > 0 && len(out.indices)+len(image) > s.Limit {
			break
		}
		out.indices = append(out.indices, image...)
	}
	if len(out.indices) == 0 {
		return nil, config.Faultf("limit", "%d samples hold no image with all of its captions; give more", s.Limit)
	}
	return out.sorted(), nil
}

// share is a fraction of n, rounded, but at least 1 if there is one.
func share(fraction float64, n int) int {
	if fraction == 0 {
		return 0
	}
	return min(max(int(math.Round(fraction*float64(n))), 1), n)
}

func shuffled(members [][]int, stream *random.Stream) [][]int {
	order := make([]int, len(members))
	stream.Perm(order)
	out := make([][]int, len(members))
	for i, o := range order {
		out[i] = members[o]
	}
	return out
}

// byClass returns the images of each class, each as the samples that show it;
// those without a label come last. The first sample of an image has its class.
func byClass(dataset Dataset) [][][]int {
	groups := GroupsOf(dataset)
	type place struct{ class, at int }
	places := map[int]place{}
	classes := make([][][]int, len(dataset.Classes())+1)
	for i := range dataset.Len() {
		if groups != nil {
			if p, known := places[groups[i]]; known {
				classes[p.class][p.at] = append(classes[p.class][p.at], i)
				continue
			}
		}
		c := dataset.Label(i)
		if c < 0 {
			c = len(classes) - 1
		}
		if groups != nil {
			places[groups[i]] = place{c, len(classes[c])}
		}
		classes[c] = append(classes[c], []int{i})
	}
	return classes
}

// inTurns takes one image of each class after another.
func inTurns(classes [][][]int) (all [][]int) {
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

func (s *subset) sorted() *subset {
	slices.Sort(s.indices)
	return s
}

func (s *subset) Below() Dataset                { return s.Dataset }
func (s *subset) Origin(i int) int              { return s.indices[i] }
func (s *subset) Len() int                      { return len(s.indices) }
func (s *subset) Label(i int) int               { return s.Dataset.Label(s.indices[i]) }
func (s *subset) Caption(i int) string          { return s.Dataset.Caption(s.indices[i]) }
func (s *subset) Image(i int, dst *Image) error { return s.Dataset.Image(s.indices[i], dst) }
