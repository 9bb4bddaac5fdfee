package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/textfile"
)

// readClassNames reads what classes are called, in the order of their folders:
// a line for each, of the folder and its name with a tab, a comma, a colon or a
// space between, or of the name alone, as many lines as there are classes and
// in their order; or a list of names in JSON. Empty lines and those that begin
// with # do not count, and those of a program's list are errors.
func readClassNames(file string, folders []string) ([]string, error) {
	text, err := textfile.Read(file)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(folders))
	var alone []string // the lines that begin with no folder
	aloneAt, number := 0, 0
	for _, line := range textfile.Items(text) {
		number++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		at, name := classLine(line, folders)
		if textfile.FromProgram(line) || textfile.FromProgram(name) {
			return nil, fmt.Errorf("%s, line %d: %.60q looks like part of a list in a program; write the name alone, or the "+
				"folder and the name, without quotes and commas, or the whole file as a list in JSON", file, number, line)
		}
		if at < 0 {
			if alone == nil {
				aloneAt = number
			}
			alone = append(alone, line)
			continue
		}
		if names[at] != "" {
			return nil, fmt.Errorf("%s, line %d: the class %q has a name already", file, number, folders[at])
		}
		names[at] = name
	}
	named := slices.ContainsFunc(names, func(name string) bool { return name != "" })
	switch {
	case !named && len(alone) == len(folders) && numbered(alone):
		return nil, fmt.Errorf("%s, line %d: %.60q begins with its number, and so do the others; write the names alone, or "+
			"the folder before each", file, aloneAt, alone[0])
	case !named && len(alone) == len(folders):
		names = alone
	case !named:
		return nil, fmt.Errorf("%s: %d names for %d classes; give one a line in the order of the folders, or the folder "+
			"before each", file, len(alone), len(folders))
	case len(alone) > 0:
		return nil, fmt.Errorf("%s, line %d: %.60q begins with none of the %d classes", file, aloneAt, alone[0], len(folders))
	}
	for i, name := range names {
		if name == "" {
			return nil, fmt.Errorf("%s: no name for the class %q", file, folders[i])
		}
		if other := slices.Index(names, name); other < i {
			return nil, fmt.Errorf("%s: the classes %q and %q have the same name %q; tell them apart",
				file, folders[other], folders[i], name)
		}
	}
	return names, nil
}

// numbered says whether each of several lines begins with its number, counted from 0 or from 1.
func numbered(lines []string) bool {
	for _, first := range []int{0, 1} {
		all := len(lines) > 1
		for i, line := range lines {
			rest, found := strings.CutPrefix(line, strconv.Itoa(first+i))
			all = all && found && strings.ContainsAny(rest[:min(1, len(rest))], " \t,:")
		}
		if all {
			return true
		}
	}
	return false
}

// classLine divides a line into a folder, by its index, and a name; -1 if it begins with no folder.
func classLine(line string, folders []string) (at int, name string) {
	for _, separator := range []string{"\t", ",", ":", " "} {
		folder, rest, found := strings.Cut(line, separator)
		if at, known := slices.BinarySearch(folders, className(strings.TrimSpace(folder))); found && known &&
			strings.TrimSpace(rest) != "" {
			return at, strings.TrimSpace(rest)
		}
	}
	return -1, ""
}
