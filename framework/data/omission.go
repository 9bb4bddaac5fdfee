package data

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Omission is a file, or several of a kind, that a dataset leaves out.
type Omission struct {
	Path   string // the file, or the first of several
	Reason string // why
	Files  int    // how many files it stands for, at least 1
	// Image says that the file has the name or the content of an image, or would
	// have given a class. Strict datasets leave out none of these.
	Image bool
}

// Omitting is implemented by datasets that leave files out when they are
// opened. Samples that turn out to be unreadable later are not among them:
// those are a [SampleError] each.
type Omitting interface {
	// Omissions lists what was left out, sorted by path.
	Omissions() []Omission
}

// OmissionsOf returns what a dataset, or one that it is made from, left out when it was opened.
func OmissionsOf(dataset Dataset) []Omission {
	found, _, ok := Find[Omitting](dataset)
	if !ok {
		return nil
	}
	return found.Omissions()
}

// shownOmissions is how many of them an error names.
const shownOmissions = 5

// refuse is the error of a strict dataset that would leave images out; nil if there are none.
func refuse(omitted []Omission) error {
	var lines []string
	files := 0
	for _, o := range omitted {
		if !o.Image {
			continue
		}
		files += o.Files
		if len(lines) < shownOmissions {
			lines = append(lines, o.Path+": "+o.Reason)
		}
	}
	if files == 0 {
		return nil
	}
	if files > len(lines) {
		lines = append(lines, "…")
	}
	images := fmt.Sprintf("%d images", files)
	if files == 1 {
		images = "1 image"
	}
	return fmt.Errorf("%s would be left out, which strict forbids:\n  %s", images, strings.Join(lines, "\n  "))
}

// omissionOf makes an omission of the error that came instead of an image.
func omissionOf(err error) *Omission {
	o := &Omission{Reason: err.Error(), Files: 1, Image: true}
	var sample *SampleError
	if errors.As(err, &sample) {
		o.Path, o.Reason = sample.Path, sample.Err.Error()
	}
	return o
}

func sortOmissions(all []Omission) {
	slices.SortFunc(all, func(a, b Omission) int { return cmp.Compare(a.Path, b.Path) })
}
