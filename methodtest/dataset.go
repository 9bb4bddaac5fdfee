package methodtest

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
)

// RunDataset checks a data set, with parameters that are a pointer as the
// factory's Defaults returns (nil for the defaults), and whose downloads, if it
// has any, are at hand. In both splits:
//   - there are samples, whose labels are -1 or of a class;
//   - images have pixels, and are the same whenever and by however many at once they are asked for;
//
// and the splits don't share their first images.
func RunDataset(t *testing.T, factory data.Factory, params any) {
	t.Helper()
	if params == nil {
		params = factory.Defaults()
	}
	firsts := map[data.Split][]byte{}
	for _, split := range []data.Split{data.Train, data.Test} {
		set, err := factory.Open(t.Context(), params, split, data.Env{})
		if err != nil {
			t.Fatalf("split %s: %v", split, err)
		}
		firsts[split] = checkDataset(t, split, set)
	}
	if bytes.Equal(firsts[data.Train], firsts[data.Test]) {
		t.Error("the splits begin with the same images: what is learned would be tested on itself")
	}
}

// looked is how many images are looked at.
const looked = 64

// checkDataset returns the pixels of the first images.
func checkDataset(t testing.TB, split data.Split, set data.Dataset) []byte {
	t.Helper()
	if set.Len() < 1 {
		t.Fatalf("split %s has no samples", split)
	}
	for i := range set.Len() {
		if label := set.Label(i); label < -1 || label >= len(set.Classes()) {
			t.Fatalf("split %s: sample %d has the label %d of %d classes; -1 is that of none",
				split, i, label, len(set.Classes()))
		}
	}
	count := min(set.Len(), looked)
	images := make([][]byte, count)
	for i := range count {
		image, err := pixels(set, i)
		if err != nil {
			t.Fatalf("split %s: %v", split, err)
		}
		images[i] = image
	}
	var all sync.WaitGroup
	faults := make([]error, count)
	for i := range count { // all at once, each into an image that held another
		all.Go(func() {
			var image data.Image
			image.Reset(3, 5)
			if err := set.Image(i, &image); err != nil || !bytes.Equal(described(&image), images[i]) {
				faults[i] = fmt.Errorf("split %s: sample %d is another image when many are asked for at once (error: %v); "+
					"let its random numbers depend on its index, and nothing that is changed be shared", split, i, err)
			}
		})
	}
	all.Wait()
	for _, fault := range faults {
		if fault != nil {
			t.Fatal(fault)
		}
	}
	return bytes.Join(images, nil)
}

// pixels are an image's size and content.
func pixels(set data.Dataset, i int) ([]byte, error) {
	var image data.Image
	if err := set.Image(i, &image); err != nil {
		return nil, err
	}
	if image.Width < 1 || image.Height < 1 || len(image.Pix) != 3*image.Width*image.Height {
		return nil, fmt.Errorf("sample %d is %d×%d pixels with %d values; call Reset, which gives 3 values a pixel",
			i, image.Width, image.Height, len(image.Pix))
	}
	return described(&image), nil
}

func described(image *data.Image) []byte {
	return append(fmt.Appendf(nil, "%d×%d ", image.Width, image.Height), image.Pix...)
}
