package experiment

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/data"
)

const (
	// usualSize is the size of views of images that are larger or of many
	// sizes: what ImageNet's networks are trained at.
	usualSize = 224
	// sizedImages is how many images, evenly spaced, the size of views is chosen by.
	sizedImages = 64
	// sizeStep divides the size of views that is chosen, so that patches and strides fit.
	sizeStep = 16
)

// viewSize is the size asked for. Otherwise it is the shorter side of the
// images, if all have the same and it is at most 224, and else the median of
// their shorter sides, but at most 224, in steps of 16; the note then says so.
func viewSize(training data.Dataset, asked int) (size int, note string, err error) {
	if asked > 0 {
		return asked, "", nil
	}
	if training.Len() == 0 {
		return 0, "", errors.New("the training split of the data set has no samples")
	}
	var sides []int
	var unread error
	n := min(training.Len(), sizedImages)
	for k := range n {
		side, err := data.ShorterSide(training, k*training.Len()/n)
		if err != nil {
			unread = err
			continue
		}
		sides = append(sides, side)
	}
	if len(sides) == 0 {
		if errors.Is(unread, fs.ErrNotExist) {
			return 0, "", fmt.Errorf("no image of the training split is where it should be: %w; the paths of a table are "+
				"relative to its own folder, or to the one that dataset.images names", unread)
		}
		return 0, "", fmt.Errorf("no image of the training split can be read: %w", unread)
	}
	slices.Sort(sides)
	least, median, most := sides[0], sides[len(sides)/2], sides[len(sides)-1]
	if least == most && most <= usualSize {
		return most, "", nil
	}
	size = min(median, usualSize)
	if size > sizeStep {
		size -= size % sizeStep
	}
	sizes := fmt.Sprintf("the shorter sides of the images are %d", most)
	if least != most {
		sizes = fmt.Sprintf("the shorter sides of the images go from %d to %d", least, most)
	}
	return size, fmt.Sprintf("%s pixels; views are made %d×%d (views.size chooses another)", sizes, size, size), nil
}
