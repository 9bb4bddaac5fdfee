package plugins

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Version is the pinned set of a platform with another version of its plugin,
// which the index must have; its libraries stay those that are pinned.
func (i *Installer) Version(ctx context.Context, platform, version string) (Set, error) {
	set := Pinned(platform)
	if len(set.Wheels) == 0 || version == "" || version == set.Wheels[0].Version {
		return set, nil
	}
	set.Wheels = slices.Clone(set.Wheels)
	project := set.Wheels[0].Project
	files, err := i.files(ctx, project)
	if err != nil {
		return set, err
	}
	var versions []string
	for _, name := range slices.Sorted(maps.Keys(files)) {
		has, fits := wheelVersion(name)
		if !fits {
			continue
		}
		if has == version {
			set.Wheels[0] = Wheel{Project: project, Version: version, File: name, Bytes: files[name].bytes}
			return set, nil
		}
		versions = append(versions, has)
	}
	return set, fmt.Errorf("package index %s has no version %s of %s for this machine; it has %s",
		redacted(Index(i.Index)), version, project, strings.Join(slices.Compact(versions), ", "))
}

// wheelVersion is the version of a wheel by its name, and whether it runs on
// Linux with an x86-64 processor, by any Python or none.
func wheelVersion(name string) (version string, fits bool) {
	stem, isWheel := strings.CutSuffix(name, ".whl")
	parts := strings.Split(stem, "-")
	if !isWheel || len(parts) < 5 {
		return "", false
	}
	tags := parts[len(parts)-3:]
	return parts[1], tags[1] == "none" && strings.Contains(tags[2], "linux") && strings.HasSuffix(tags[2], "x86_64")
}
