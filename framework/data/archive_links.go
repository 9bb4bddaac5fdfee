package data

import (
	"maps"
	"path"
	"strings"
)

// linkHops bounds how many links lead to one another.
const linkHops = 16

// resolve adds to members, by name, what the links of an archive lead to: a
// link's name, and the member or folder it stands for. The links that lead
// nowhere are returned.
func resolve[M any](members map[string]M, links map[string]string) (dangling []string) {
	for range linkHops {
		before := len(members)
		for name, target := range links {
			if found, ok := members[target]; ok {
				members[name] = found
				continue
			}
			if strings.HasPrefix(name+"/", target+"/") {
				continue // a link to a folder that it lies in
			}
			inner := map[string]M{}
			for other, found := range members {
				if rest, within := strings.CutPrefix(other, target+"/"); within {
					inner[name+"/"+rest] = found
				}
			}
			maps.Copy(members, inner)
		}
		if len(members) == before {
			break
		}
	}
	for name := range links {
		if !leadsSomewhere(members, name) {
			dangling = append(dangling, name)
		}
	}
	return dangling
}

func leadsSomewhere[M any](members map[string]M, name string) bool {
	if _, ok := members[name]; ok {
		return true
	}
	for other := range members {
		if strings.HasPrefix(other, name+"/") {
			return true
		}
	}
	return false
}

// symlinkTarget is what a symbolic link of an archive names, relative to the archive's root.
func symlinkTarget(name, target string) string {
	if path.IsAbs(target) {
		return cleanName(target)
	}
	return cleanName(path.Join(path.Dir(name), target))
}
