package data

// Grouped is implemented by datasets of which several samples may show the same
// image, such as an image with several captions. Reach it by [GroupsOf].
type Grouped interface {
	// Group is equal for samples of the same image.
	Group(i int) int
}

// GroupsOf numbers the images of a dataset: sample i shows image number
// groups[i], counted from 0 in the order of their first samples. It is nil if
// every sample has an image of its own.
func GroupsOf(dataset Dataset) (groups []int) {
	found, origin, ok := Find[Grouped](dataset)
	if images, plain := found.(*pictures); !ok || plain && images.groups == nil {
		return nil
	}
	number := map[int]int{}
	groups = make([]int, dataset.Len())
	for i := range groups {
		group := found.Group(origin(i))
		n, known := number[group]
		if !known {
			n = len(number)
			number[group] = n
		}
		groups[i] = n
	}
	if len(number) == len(groups) {
		return nil
	}
	return groups
}

// OnePerImage returns a dataset with the first sample of each image, and their
// indices in the one given; that one itself, and nil, if no image has several.
func OnePerImage(dataset Dataset) (images Dataset, samples []int) {
	groups := GroupsOf(dataset)
	if groups == nil {
		return dataset, nil
	}
	for i, group := range groups {
		if group == len(samples) { // they are numbered in the order of their first samples
			samples = append(samples, i)
		}
	}
	return &subset{Dataset: dataset, indices: samples}, samples
}

// Noted is implemented by datasets that have something to say about how they
// were made, such as what rounding did to a split.
type Noted interface {
	// Notes are sentences for a person, without a final stop.
	Notes() []string
}

// NotesOf collects the notes of a dataset and of all that it is made from.
func NotesOf(dataset Dataset) (notes []string) {
	for {
		if noted, ok := dataset.(Noted); ok {
			notes = append(notes, noted.Notes()...)
		}
		layer, ok := dataset.(Layer)
		if !ok {
			return notes
		}
		dataset = layer.Below()
	}
}
