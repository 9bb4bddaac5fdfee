package layouts

import (
	"strings"

	"github.com/kontrast-ml/kontrast/internal/weights/tensorfile"
)

// The roles of networks in a file that has several. The first is the one that is
// taken by default; a layout that differs says so.
const (
	online   = "online"   // the network that gradients train
	momentum = "momentum" // its average
	teacher  = "teacher"  // DINO's words for the same
	student  = "student"
)

// Layout describes the files of a program.
type Layout struct {
	Name string
	// Doc says which program writes it, and which network of it is taken.
	Doc string
	// is recognizes a network by its prefix without wrappers, and by what lies beside it.
	is func(w wrapped) (role, method string, ok bool)
	// Preferred is the role that is taken by default, if there are several.
	Preferred string
	// Heads are the attention heads that the program's vision transformers have by
	// width, where they have not one for 64.
	Heads map[int]int
}

// wrapped is a network without what programs wrap around any network.
type wrapped struct {
	prefix string // without "module." and "_orig_mod."
	group  string
	file   *tensorfile.File
	net    *Network
}

// beside reports whether a name of the group begins so, wrappers apart.
func (w wrapped) beside(start string) bool {
	for _, name := range w.net.beside {
		if strings.HasPrefix(unwrapped(name), start) {
			return true
		}
	}
	return false
}

// within reports whether a name of the network begins so.
func (w wrapped) within(start string) bool {
	for name := range w.net.tensors {
		if strings.HasPrefix(name, start) {
			return true
		}
	}
	return false
}

// unwrapped takes away what DistributedDataParallel and torch.compile put before names.
func unwrapped(name string) string {
	for {
		short := strings.TrimPrefix(strings.TrimPrefix(name, "module."), "_orig_mod.")
		if short == name {
			return name
		}
		name = short
	}
}

// among recognizes a network by its prefix.
func among(roles map[string]string, method string) func(wrapped) (string, string, bool) {
	return func(w wrapped) (string, string, bool) {
		role, ok := roles[w.prefix]
		return role, method, ok
	}
}

// only recognizes a network that is the whole of its file, by the names of its parts.
func only(names string) func(wrapped) (string, string, bool) {
	return func(w wrapped) (string, string, bool) { return "", "", w.net.Names == names && w.prefix == "" }
}

// recognize sets the layout of a network, its role and its method.
func (n *Network) recognize(file *tensorfile.File) {
	w := wrapped{prefix: unwrapped(n.prefix), group: n.group, file: file, net: n}
	for _, layout := range Layouts {
		if role, method, ok := layout.is(w); ok {
			n.Layout, n.Role, n.Method = layout.Name, role, method
			return
		}
	}
}

// layout is the description of the network's layout.
func (n *Network) layout() (found Layout) {
	for _, layout := range Layouts {
		if layout.Name == n.Layout {
			return layout
		}
	}
	return found
}

// rank orders the networks of a file: the preferred role first.
func (n *Network) rank() int {
	preferred := n.layout().Preferred
	switch {
	case n.Role == preferred:
		return 0
	case n.Layout == "other":
		return 2
	}
	return 1
}
