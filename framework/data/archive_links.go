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
	links = maps.Clone(links)
	for range linkHops {
		before := len(links)
		for name, target := range links {
			if found, ok := members[target]; ok {
				members[name] = found
				delete(links, name)
				continue
			}
			inner := map[string]M{}
			for other, found := range members {
				if rest, within := strings.CutPrefix(other, target+"/"); within {
					inner[name+"/"+rest] = found
				}
			}
			if len(inner) > 0 && !strings.HasPrefix(name+"/", target+"/") {
				maps.Copy(members, inner)
				delete(links, name)
			}
		}
		if len(links) == before {
			break
		}
	}
	for name := range links {
		dangling = append(dangling, name)
	}
	return dangling
}

// symlinkTarget is what a symbolic link of an archive names, relative to the archive's root.
func symlinkTarget(name, target string) string {
	if path.IsAbs(target) {
		return cleanName(target)
	}
	return cleanName(path.Join(path.Dir(name), target))
}
