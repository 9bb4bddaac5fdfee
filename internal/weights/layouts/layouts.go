// Package layouts finds the networks in files of weights: how the parts of a
// network are named, whose program wrote it, which of several networks is the one
// that its authors evaluate, and which of kontrast's backbones it is.
//
// A network is found by names that all networks of a family have, such as
// conv1.weight and layer1.0.conv1.weight; what stands before them is its prefix.
// The prefix, its neighbors and the dictionary that it lies in tell the layout.
package layouts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// Network is one in a file.
type Network struct {
	Layout string // whose program wrote it
	Role   string // which of several it is, such as online or momentum; empty for the only one
	Names  string // of the family that names its parts
	// Method is the method it was trained by, as far as the layout tells; empty for unknown.
	Method string

	place   string // the group and the prefix, as a file has them
	group   string
	prefix  string
	family  family
	tensors map[string]*tensorfile.Tensor // by their names within
	beside  []string                      // names in the group that do not begin with the prefix
	others  map[string]*tensorfile.Tensor // the tensors of these names
}

// Place is where the network lies in its file, for a message.
func (n *Network) Place() string {
	return cmp.Or(n.place, "the outermost names")
}

// Outermost reports whether the network is the whole of its file, below no prefix.
func (n *Network) Outermost() bool { return n.place == "" }

// Title is what the network is, in a few words.
func (n *Network) Title() string {
	title := n.Layout
	if n.Role != "" {
		title += ", " + n.Role
	}
	if n.Names != n.Layout {
		title += " (names of " + n.Names + ")"
	}
	return title
}

// Find returns the networks of a file, the one that is taken by default first.
func Find(file *tensorfile.File) []*Network {
	var found []*Network
	for _, group := range file.Names() {
		for _, n := range inGroup(file.Groups[group], group) {
			n.recognize(file)
			found = append(found, n)
		}
	}
	slices.SortStableFunc(found, func(a, b *Network) int { return cmp.Compare(a.rank(), b.rank()) })
	return found
}

// inGroup finds the networks among the tensors of a dictionary.
func inGroup(tensors map[string]*tensorfile.Tensor, group string) []*Network {
	taken := map[string]bool{} // prefixes
	var found []*Network
	for _, f := range families {
		for _, prefix := range prefixes(tensors, f.anchors[0]) {
			if taken[prefix] || !hasAll(tensors, prefix, f.anchors) {
				continue
			}
			taken[prefix] = true
			n := &Network{group: group, prefix: prefix, family: f, Names: f.name, tensors: map[string]*tensorfile.Tensor{},
				others: map[string]*tensorfile.Tensor{}}
			n.place = strings.Trim(group+"/"+prefix, "/")
			for name, t := range tensors {
				if rest, within := strings.CutPrefix(name, prefix); within {
					n.tensors[rest] = t
				} else {
					n.beside = append(n.beside, name)
					n.others[name] = t
				}
			}
			found = append(found, n)
		}
	}
	return found
}

// prefixes are what stands before names that end so.
func prefixes(tensors map[string]*tensorfile.Tensor, end string) []string {
	var found []string
	for name := range tensors {
		prefix, is := strings.CutSuffix(name, end)
		if is && (prefix == "" || strings.HasSuffix(prefix, ".")) {
			found = append(found, prefix)
		}
	}
	slices.Sort(found)
	return found
}

func hasAll(tensors map[string]*tensorfile.Tensor, prefix string, names []string) bool {
	for _, name := range names {
		if tensors[prefix+name] == nil {
			return false
		}
	}
	return true
}

// Choose returns the network to take of those found. The layout and the role may
// be given; a role may also be a prefix. Errors list what there is.
func Choose(found []*Network, layout, role string) (*Network, error) {
	if len(found) == 0 {
		return nil, fmt.Errorf("no network that is known was found: none of the names of %s",
			strings.Join(familyNames(), ", "))
	}
	var fitting []*Network
	for _, n := range found {
		if layout != "" && n.Layout != layout && n.Names != layout {
			continue
		}
		if role != "" && n.Role != role && n.place != role && strings.TrimSuffix(n.prefix, ".") != role {
			continue
		}
		fitting = append(fitting, n)
	}
	if len(fitting) == 0 {
		what := strings.Join(slices.DeleteFunc([]string{layout, role}, func(s string) bool { return s == "" }), ", ")
		return nil, fmt.Errorf("no network of it is %s; it has %s", what, list(found))
	}
	if len(fitting) > 1 && fitting[0].rank() == fitting[1].rank() && fitting[0].Layout == fitting[1].Layout &&
		fitting[0].Role == fitting[1].Role {
		return nil, fmt.Errorf(
			"it has several networks, and which one is meant is not clear: %s; name one with --encoder", list(fitting),
		)
	}
	return fitting[0], nil
}

func list(networks []*Network) string {
	var all []string
	for _, n := range networks {
		all = append(all, fmt.Sprintf("%s: %s", n.Place(), n.Title()))
	}
	return strings.Join(all, "; ")
}

func familyNames() []string {
	var names []string
	for _, f := range families {
		if !slices.Contains(names, f.name) {
			names = append(names, f.name)
		}
	}
	return names
}

// Arrays are the network's parameters by the names that kontrast has for them,
// with dots: those of the backbone and any others.
func (n *Network) Arrays() map[string]Array { return n.family.arrays(n.tensors) }

// Scaled reports whether the network has layer scales, as DINOv2 has them.
func (n *Network) Scaled() bool {
	for name := range n.tensors {
		if strings.Contains(name, "layer_scale1") || strings.HasSuffix(name, "ls1.gamma") {
			return true
		}
	}
	return false
}

// Beside are the names of the tensors of the same dictionary that are none of the network's.
func (n *Network) Beside() []string {
	var names []string
	for _, name := range n.beside {
		if !counter(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
