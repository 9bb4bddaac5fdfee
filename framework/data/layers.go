package data

// Layer is implemented by datasets that are made from another, such as a
// subset or a cache, so that [Find] reaches what the dataset below knows.
// Anything that embeds a Dataset and changes the order or the number of its
// samples must implement it.
type Layer interface {
	// Below is the dataset that this one is made from.
	Below() Dataset
	// Origin is the index there of sample i.
	Origin(i int) int
}

// Find returns the first of the layers of a dataset, from the top, that is a T:
// usually one of the optional interfaces, such as [Factored].
// origin maps an index of the dataset to one of what was found.
func Find[T any](dataset Dataset) (found T, origin func(i int) int, ok bool) {
	origin = func(i int) int { return i }
	for {
		if found, ok = dataset.(T); ok {
			return found, origin, true
		}
		layer, isLayer := dataset.(Layer)
		if !isLayer {
			return found, nil, false
		}
		above := origin
		origin = func(i int) int { return layer.Origin(above(i)) }
		dataset = layer.Below()
	}
}
