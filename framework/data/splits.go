package data

import (
	"slices"
	"strings"
)

// What the folders of splits are called, in lower case.
var (
	trainingNames   = []string{"train", "training"}
	testNames       = []string{"test", "testing"}
	validationNames = []string{"val", "valid", "validation", "eval", "dev"}
)

// splits are the folders of a root that holds a training and a test split.
type splits struct {
	training, test string
	unused         []string // further folders
}

// splits finds the folders of the splits; nil if there are none. Of several
// for testing it takes that called test, unless that has no classes and the
// training split has.
func (f *files) splits() *splits {
	var tops []string
	classes := map[string]bool{}
	for _, name := range f.names {
		top, rest, nested := strings.Cut(name, "/")
		if !nested {
			continue
		}
		if len(tops) == 0 || tops[len(tops)-1] != top {
			tops = append(tops, top)
		}
		classes[top] = classes[top] || strings.Contains(rest, "/")
	}
	called := func(names []string) string {
		for _, name := range names {
			if at := slices.IndexFunc(tops, func(top string) bool { return strings.EqualFold(top, name) }); at >= 0 {
				return tops[at]
			}
		}
		return ""
	}
	s := &splits{training: called(trainingNames), test: called(testNames)}
	validation := called(validationNames)
	if s.test == "" || validation != "" && classes[s.training] && !classes[s.test] {
		s.test = validation
	}
	if s.training == "" || s.test == "" || classes[s.training] != classes[s.test] {
		return nil
	}
	for _, top := range tops {
		if top != s.training && top != s.test && !slices.Contains(s.unused, top) {
			s.unused = append(s.unused, top)
		}
	}
	return s
}

// open divides a list of files. What lies in neither split is told with the training split.
func (s *splits) open(all *files) (training, test *files) {
	training, test = all.clone(), all.clone()
	training.within(s.training + "/")
	test.within(s.test + "/")
	training.omitted, test.omitted = nil, nil
	inTest := test.source.path(strings.TrimSuffix(test.folder, "/"))
	for _, o := range all.omitted {
		if strings.HasPrefix(o.Path, inTest) {
			test.omitted = append(test.omitted, o)
		} else {
			training.omitted = append(training.omitted, o)
		}
	}
	for _, folder := range s.unused {
		files := 0
		for _, name := range all.names {
			if strings.HasPrefix(name, folder+"/") {
				files++
			}
		}
		training.omitted = append(training.omitted, Omission{
			Path: all.path(folder), Reason: "in neither of the splits " + s.training + " and " + s.test, Files: files,
		})
	}
	for _, name := range all.names {
		if !strings.Contains(name, "/") {
			training.omitted = append(
				training.omitted, Omission{Path: all.path(name), Reason: "in no split", Files: 1, Image: true},
			)
		}
	}
	sortOmissions(training.omitted)
	return training, test
}
