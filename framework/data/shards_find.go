package data

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// findShards returns the shards that a path names, in their order: all .tar files
// below a folder; one file; or those of a pattern with *, ? and [a-z] as
// path.Match has them, {0000..0099} for numbers and {a,b} for texts.
func findShards(root string) (found []string, err error) {
	info, err := os.Stat(root)
	switch {
	case err == nil && info.IsDir():
		return shardsIn(root)
	case err == nil:
		if !isShard(root) {
			return nil, fmt.Errorf("%s: expected shards, whose names end in .tar", root)
		}
		return []string{root}, nil
	case !strings.ContainsAny(root, "*?[{"):
		return nil, missing(root, err)
	}
	patterns, err := expandBraces(root)
	if err != nil {
		return nil, err
	}
	for _, pattern := range patterns {
		if !strings.ContainsAny(pattern, "*?[") {
			found = append(found, pattern)
			continue
		}
		matched, err := filepath.Glob(pattern)
		if err != nil {
			return nil, config.Faultf("path", "the pattern %s: %v", pattern, err)
		}
		if len(matched) == 0 {
			return nil, fmt.Errorf("%s: no file is called like that", pattern)
		}
		found = append(found, matched...)
	}
	for _, path := range found {
		if !isShard(path) {
			return nil, fmt.Errorf("%s: expected shards, whose names end in .tar", path)
		}
	}
	return found, nil
}

func isShard(path string) bool { return strings.EqualFold(filepath.Ext(path), ".tar") }

// shardsIn are the shards below a folder, sorted.
func shardsIn(root string) (found []string, err error) {
	from, compressed := &directory{root: root}, ""
	err = from.list(func(name, fault string) {
		switch lower := strings.ToLower(name); {
		case fault != "" || hidden(name):
		case isShard(name):
			found = append(found, from.path(name))
		case strings.HasSuffix(lower, ".tar.gz"), strings.HasSuffix(lower, ".tgz"):
			compressed = from.path(name)
		}
	})
	switch {
	case err != nil:
		return nil, missing(root, err)
	case len(found) == 0 && compressed != "":
		return nil, fmt.Errorf("%s is compressed: shards are read where they lie, which takes a plain .tar; unpack it by gunzip",
			compressed)
	case len(found) == 0:
		return nil, fmt.Errorf("%s: no shards in it, which are .tar files; images in folders are the data set folder", root)
	}
	slices.Sort(found)
	return found, nil
}

// ShardsAt says whether a path is a folder that holds shards of webdataset and
// nothing that the data set folder would read, or a pattern of such shards.
func ShardsAt(root string) bool {
	info, err := os.Stat(root)
	if err != nil {
		found, err := findShards(root)
		return err == nil && len(found) > 0
	}
	if !info.IsDir() {
		return false
	}
	shards, others := shardsBelow(root, trainingNames, testNames, validationNames)
	return shards && !others
}

// shardsBelow looks at a folder and at those in it that have one of the names,
// for shards and for anything that a folder of images consists of.
func shardsBelow(folder string, names ...[]string) (shards, others bool) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return false, true
	}
	for _, entry := range entries {
		switch name := entry.Name(); {
		case hidden(name):
		case slices.Contains(slices.Concat(names...), strings.ToLower(name)):
			inShards, inOthers := shardsBelow(filepath.Join(folder, name))
			shards, others = shards || inShards, others || inOthers
		case entry.IsDir(), imageEnding(filepath.Ext(name)):
			others = true
		case isShard(name):
			shards = true
		}
	}
	return shards, others
}

// shardSplits are the shards of each split, as their names say, or the folders
// they are in: train-0001.tar and val/0001.tar. It is nil if they do not say.
func shardSplits(root string, found []string) map[Split][]string {
	kinds := [3][]string{} // training, test, validation
	for _, path := range found {
		relative, err := filepath.Rel(root, path)
		if err != nil {
			relative = path
		}
		words := strings.FieldsFunc(strings.ToLower(relative), func(r rune) bool { return strings.ContainsRune(`-_./\ `, r) })
		for i, names := range [3][]string{trainingNames, testNames, validationNames} {
			if slices.ContainsFunc(words, func(word string) bool { return slices.Contains(names, word) }) {
				kinds[i] = append(kinds[i], path)
				break
			}
		}
	}
	training, test := kinds[0], kinds[2]
	if len(test) == 0 {
		test = kinds[1]
	}
	if len(training) == 0 || len(test) == 0 {
		return nil
	}
	return map[Split][]string{Train: training, Test: test}
}

// maxShards bounds what braces expand to.
const maxShards = 1 << 20

// expandBraces replaces {a,b} and {00..99} by each of what they stand for.
func expandBraces(pattern string) ([]string, error) {
	open := strings.IndexByte(pattern, '{')
	if open < 0 {
		return []string{pattern}, nil
	}
	length := strings.IndexByte(pattern[open:], '}')
	if length < 0 {
		return nil, config.Faultf("path", "%s: a brace is not closed", pattern)
	}
	inner := pattern[open+1 : open+length]
	choices, err := braceChoices(inner)
	if err != nil {
		return nil, config.Faultf("path", "%s: %v", pattern, err)
	}
	rest, err := expandBraces(pattern[open+length+1:])
	if err != nil {
		return nil, err
	}
	if len(choices) > maxShards/len(rest) {
		return nil, config.Faultf("path", "%s: more than %d shards", pattern, maxShards)
	}
	var out []string
	for _, choice := range choices {
		for _, end := range rest {
			out = append(out, pattern[:open]+choice+end)
		}
	}
	return out, nil
}

func braceChoices(inner string) ([]string, error) {
	from, to, numbers := strings.Cut(inner, "..")
	if !numbers {
		return strings.Split(inner, ","), nil
	}
	first, err := strconv.Atoi(from)
	last, err2 := strconv.Atoi(to)
	if err != nil || err2 != nil || first < 0 || last < first || last-first >= maxShards {
		return nil, fmt.Errorf("{%s}: expected numbers, the smaller first, as in {0000..0099}", inner)
	}
	var out []string
	for n := first; n <= last; n++ {
		out = append(out, fmt.Sprintf("%0*d", len(from), n))
	}
	return out, nil
}
