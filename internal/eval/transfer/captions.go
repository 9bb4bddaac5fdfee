package transfer

import (
	"errors"
	"fmt"
	"iter"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
)

// HasCaptions reports whether the data set's samples come with captions.
func HasCaptions(dataset data.Dataset) bool { return dataset.Len() > 0 && dataset.Caption(0) != "" }

// Captioned returns the data set itself if it has captions, and otherwise one
// whose captions are made of the names of the classes by prompts: a sample
// keeps its prompt, which its index chooses. It is an error if there are no
// classes either, or a sample without a label.
func Captioned(dataset data.Dataset, prompts Prompts) (data.Dataset, error) {
	if HasCaptions(dataset) {
		return dataset, nil
	}
	if len(dataset.Classes()) == 0 {
		return nil, errors.New("the data set has neither captions nor names of classes to make them of; use shapes, pairs " +
			"or a data set with labels")
	}
	if len(prompts.Templates) == 0 {
		return nil, errors.New("there are no prompts to make captions of")
	}
	for i := range dataset.Len() {
		if dataset.Label(i) < 0 {
			return nil, fmt.Errorf("sample %d of the data set has neither a caption nor a label to make one of", i)
		}
	}
	return &named{dataset, prompts}, nil
}

// CaptionsOf returns all captions of some images, each named by one of its
// samples; nil if the data set has none.
func CaptionsOf(dataset data.Dataset, images []int) [][]string {
	if !HasCaptions(dataset) {
		return nil
	}
	out := make([][]string, len(images))
	groups := data.GroupsOf(dataset)
	if groups == nil {
		for i, sample := range images {
			out[i] = []string{dataset.Caption(sample)}
		}
		return out
	}
	row := map[int]int{} // of an image, by its number
	for i, sample := range images {
		row[groups[sample]] = i
	}
	for sample, group := range groups {
		if i, found := row[group]; found {
			out[i] = append(out[i], dataset.Caption(sample))
		}
	}
	return out
}

// Captions goes through the captions of a data set in its order.
func Captions(dataset data.Dataset) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range dataset.Len() {
			if !yield(dataset.Caption(i)) {
				return
			}
		}
	}
}

// named is a data set with captions made of the names of its classes.
type named struct {
	data.Dataset
	prompts Prompts
}

// Below and Origin let [data.Find] reach the data set.
func (n *named) Below() data.Dataset { return n.Dataset }

// Origin is i: the samples are those of the data set below.
func (n *named) Origin(i int) int { return i }

// Caption is the name of the sample's class in one of the prompts.
func (n *named) Caption(i int) string {
	template := random.New(captionKey, uint64(i)).IntN(len(n.prompts.Templates))
	return n.prompts.Text(template, n.Classes()[n.Label(i)])
}

// captionKey is the key of the random streams of captions.
const captionKey = 1
