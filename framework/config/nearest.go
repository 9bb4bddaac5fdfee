package config

import (
	"fmt"
	"strings"
)

// Nearest returns the known name that somebody who wrote name most likely
// meant, and whether there is one. Names are compared without regard to case
// and to hyphens and underscores, by the restricted Damerau-Levenshtein
// distance (insertions, deletions, substitutions, swaps of neighbors); a third
// of the letters may differ, at least one. Failing that, a name that only one
// known name begins with is taken as its abbreviation.
func Nearest(name string, known []string) (string, bool) {
	written := simplify(name)
	limit := max(1, len(written)/3)
	if len(written) < 2 {
		limit = 0
	}
	nearest, best := "", limit+1
	for _, candidate := range known {
		if d := distance(written, simplify(candidate)); d < best {
			nearest, best = candidate, d
		}
	}
	if best <= limit {
		return nearest, true
	}
	if family := family(name, known); len(family) == 1 {
		return family[0], true
	}
	return "", false
}

// family lists the known names that begin with name, at least two letters of it.
func family(name string, known []string) (family []string) {
	written := string(simplify(name))
	if len(written) < 2 {
		return nil
	}
	for _, candidate := range known {
		if strings.HasPrefix(string(simplify(candidate)), written) {
			family = append(family, candidate)
		}
	}
	return family
}

func simplify(name string) []rune {
	return []rune(strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(name)))
}

// distance is the restricted Damerau-Levenshtein distance, kept in three rows of its table.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// Unknown is the message about a name of some kind ("method") that is not among
// the known ones: `unknown method "simcrl"; did you mean "simclr"? known methods: moco, simclr`.
func Unknown(kind, name string, known []string) string {
	return unknown(fmt.Sprintf("unknown %s %q", kind, shorten(name)), "known "+kind+"s", name, known)
}

// unknown words the fault of a name that is not among the known ones: `unknown key; did you mean "a"? known keys: a,
// b`.
func unknown(what, list, name string, known []string) string {
	if len(known) == 0 {
		return fmt.Sprintf("%s; there are no %s", what, list)
	}
	suggestion := ""
	if nearest, ok := Nearest(name, known); ok {
		suggestion = fmt.Sprintf("; did you mean %q?", nearest)
	} else if family := family(name, known); len(family) > 0 {
		suggestion = fmt.Sprintf("; did you mean one of %s?", strings.Join(family, ", "))
	}
	separator := ";"
	if suggestion != "" {
		separator = ""
	}
	return fmt.Sprintf("%s%s%s %s: %s", what, suggestion, separator, list, strings.Join(known, ", "))
}
