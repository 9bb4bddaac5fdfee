package weights

import (
	"fmt"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/internal/weights/layouts"
)

// resizePositions resizes a table of positions [L,D], of which the first are the
// class tokens' and stay, to the number of patches that is wanted; smooth as
// [backbones.ResizePositions] has it.
func resizePositions(
	array layouts.Array, want []int, class int, smooth bool,
) (_ layouts.Array, resized string, ok bool) {
	has, wants := long(array.Shape), long(want)
	if len(has) != 2 || len(wants) != 2 || has[1] != wants[1] {
		return array, "", false
	}
	width, from, to := has[1], side(has[0]-class), side(wants[0]-class)
	if from == 0 || to == 0 {
		return array, "", false
	}
	read := array.Read
	array.Shape = want
	array.Read = func() ([]float32, error) {
		table, err := read()
		if err != nil {
			return nil, err
		}
		patches := backbones.ResizePositions(table[class*width:], width, from, to, smooth)
		return append(table[:class*width:class*width], patches...), nil
	}
	how := "bicubic"
	if smooth {
		how += " with antialiasing"
	}
	return array, fmt.Sprintf("position embeddings resized from %d×%[1]d to %d×%[2]d patches, %s", from, to, how), true
}

// side is that of a square of so many patches; 0 if there is none.
func side(patches int) int {
	for n := 1; n*n <= patches; n++ {
		if n*n == patches {
			return n
		}
	}
	return 0
}
