package data

// Sized is implemented by datasets that know the size of an image without decoding it.
type Sized interface {
	// ShorterSide is the smaller of width and height of image i in pixels. The
	// error is that of Image.
	ShorterSide(i int) (int, error)
}

// ShorterSide is the smaller of width and height of image i in pixels.
func ShorterSide(dataset Dataset, i int) (int, error) {
	if sized, origin, ok := Find[Sized](dataset); ok {
		return sized.ShorterSide(origin(i))
	}
	var image Image
	if err := dataset.Image(i, &image); err != nil {
		return 0, err
	}
	return min(image.Width, image.Height), nil
}
