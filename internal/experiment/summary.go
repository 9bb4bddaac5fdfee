package experiment

import (
	"fmt"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/data"
)

// listedClasses is how many classes a summary of data names.
const listedClasses = 10

// summary says in a line what a run is trained and tested on.
func (im *images) summary(name string) string {
	return fmt.Sprintf("%s: trained on %s, tested on %s", name, countImages(im.training), countImages(im.test))
}

func countImages(set data.Dataset) string {
	text := fmt.Sprintf("%d images", set.Len())
	if groups := data.GroupsOf(set); groups != nil {
		images := 0
		for _, group := range groups {
			images = max(images, group+1)
		}
		text = fmt.Sprintf("%d captions of %d images", set.Len(), images)
	}
	classes := set.Classes()
	if len(classes) == 0 {
		return text
	}
	text += fmt.Sprintf(" of %d classes", len(classes))
	if len(classes) > listedClasses {
		return text
	}
	counts := make([]int, len(classes))
	for i := range set.Len() {
		if label := set.Label(i); label >= 0 {
			counts[label]++
		}
	}
	parts := make([]string, len(classes))
	for i, class := range classes {
		parts[i] = fmt.Sprintf("%s %d", class, counts[i])
	}
	return text + " (" + strings.Join(parts, ", ") + ")"
}
