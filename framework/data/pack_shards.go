package data

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// listShards lists the images of shards, in a folder for each label, and of
// splits in the folders train and test. Captions are left behind.
func listShards(ctx context.Context, root string, env Env) (images []packImage, omitted []Omission, err error) {
	found, err := findShards(root)
	if err != nil {
		return nil, nil, err
	}
	splits := []Split{Train, Test}
	parts := shardSplits(root, found)
	if parts == nil {
		splits, parts = []Split{""}, map[Split][]string{"": found}
	}
	var labels *labeling // of the first
	for _, split := range splits {
		read, err := readShards(ctx, parts[split], fields{}, env)
		if err != nil {
			return nil, nil, err
		}
		all, err := read.pictures(Reading{})
		if err != nil {
			return nil, nil, err
		}
		if labels == nil {
			labels, err = read.labeling(all, "")
		} else {
			err = labels.apply(read, all)
		}
		if err != nil {
			return nil, nil, err
		}
		omitted = append(omitted, read.omitted...)
		folders := labels.padded()
		for i, name := range all.names {
			as := flattened(name)
			if labels.classes != nil {
				as = flattened(folders[all.labels[i]]) + "/" + as
			}
			images = append(images, packImage{strings.TrimPrefix(fmt.Sprintf("%s/%s", split, as), "/"), all.files, name})
		}
	}
	return images, omitted, nil
}

// flattened is a name without folders: what they would be is no class.
func flattened(name string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(filepath.ToSlash(name), "/"), func(part string) bool {
		return part == ""
	}), "-")
}
