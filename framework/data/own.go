package data

import (
	"errors"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// OwnImages are the options of all data sets of a user's own images: what is
// tested on, how files are read, and which samples are taken.
type OwnImages struct {
	Holdout   `yaml:",inline"`
	Reading   `yaml:",inline"`
	Selection `yaml:",inline"`
}

func ownImages() OwnImages { return OwnImages{Reading: Reading{Cache: defaultCacheBytes}} }

// check reports a path that is missing, and a test split that is given twice.
func (o OwnImages) check(path, test string) error {
	var faults []error
	if path == "" {
		faults = append(faults, config.Faultf("path", "must be given"))
	}
	if test != "" && o.TestFraction > 0 {
		faults = append(faults, config.Faultf("test_fraction", "is given as well as test; remove one of them"))
	}
	return errors.Join(faults...)
}
