package golden

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// ledger notes which outputs and gradients of the reference cases a test has read.
var ledger = struct {
	sync.Mutex
	names map[*byte]string // of entries, by where they lie: family/case/output or family/case/grad of input
	read  map[string]bool
}{names: map[*byte]string{}, read: map[string]bool{}}

// enter makes the entries of a file known to the ledger.
func enter(family string, file *File) {
	ledger.Lock()
	defer ledger.Unlock()
	for _, c := range file.Cases {
		for name, raw := range expected(family, c) {
			ledger.names[&raw[0]] = name
		}
	}
}

// expected are the entries that a test of the case should compare, by their name.
func expected(family string, c Case) map[string]json.RawMessage {
	entries := map[string]json.RawMessage{}
	for key, raw := range c.Outputs {
		entries[family+"/"+c.Name+"/"+key] = raw
	}
	for key, raw := range c.Grads {
		entries[family+"/"+c.Name+"/gradient of "+key] = raw
	}
	return entries
}

// note says that an entry has been read.
func note(raw json.RawMessage) {
	if len(raw) == 0 {
		return
	}
	ledger.Lock()
	defer ledger.Unlock()
	if name, found := ledger.names[&raw[0]]; found {
		ledger.read[name] = true
	}
}

// Main runs the tests of a package that compares with the claimed families of
// reference cases, and fails if an output or a gradient of them was not read:
// it is called from TestMain. A claim is
//
//	family            all of its cases,
//	family/case       one case,
//	!family/case      but not that case, or
//	!family/case/key  but not that output of it, or "gradient of x";
//
// a * stands for any case or key. Tests that were selected by -run or -skip are not held to it.
func Main(m *testing.M, claims ...string) {
	code := m.Run()
	if code == 0 && complete() {
		if missing := unread(claims); len(missing) > 0 {
			fmt.Fprintf(os.Stderr, "FAIL: no test compares these reference values, which the package claims to:\n\t%s\n",
				strings.Join(missing, "\n\t"))
			code = 1
		}
	}
	os.Exit(code)
}

// complete reports whether all tests were asked for.
func complete() bool {
	all := true
	flag.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "test.run", "test.skip", "test.list":
			all = all && f.Value.String() == ""
		case "test.fuzz":
			all = false
		}
	})
	return all
}

// unread lists the claimed entries that no test has read.
func unread(claims []string) []string {
	var missing []string
	families := map[string]bool{}
	for _, claim := range claims {
		families[strings.Split(strings.TrimPrefix(claim, "!"), "/")[0]] = true
	}
	for family := range families {
		file, err := open(family)
		if err != nil {
			missing = append(missing, err.Error())
			continue
		}
		for _, c := range file.Cases {
			for name := range expected(family, c) {
				if claimed(claims, name) && !ledger.read[name] {
					missing = append(missing, name)
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}

// claimed reports whether an entry, or a case, is claimed.
func claimed(claims []string, name string) bool {
	found := false
	for _, claim := range claims {
		pattern, not := strings.CutPrefix(claim, "!")
		if !matches(pattern, name) {
			continue
		}
		if not {
			return false
		}
		found = true
	}
	return found
}

// matches reports whether a name is that of a pattern or of something below it.
func matches(pattern, name string) bool {
	parts, of := strings.Split(pattern, "/"), strings.Split(name, "/")
	if len(parts) > len(of) {
		return false
	}
	for i, part := range parts {
		if part != "*" && part != of[i] {
			return false
		}
	}
	return true
}
