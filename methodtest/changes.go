package methodtest

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// checkChanges looks at the variables after two successive steps.
func checkChanges(t testing.TB, before, after state, declared []string) {
	t.Helper()
	changed := map[string]bool{} // by declared prefix
	var trained, undeclared []string
	for path, now := range after {
		differs := !bytes.Equal(now.bytes, before[path].bytes)
		prefix := prefixOf(path, declared)
		switch {
		case now.trainable && (prefix != "" || isOfMomentum(path)):
			trained = append(trained, path)
		case isOfStep(path, now.trainable):
			if of := optimized(path); isOfMomentum(of) || prefixOf(of, declared) != "" {
				trained = append(trained, of)
			}
		case prefix != "":
			changed[prefix] = changed[prefix] || differs
		case differs:
			undeclared = append(undeclared, path)
		}
	}
	if len(trained) > 0 {
		t.Errorf("the optimizer trains %s, though a momentum encoder, and whatever Options.Changes says that the method "+
			"changes, "+
			"gets no gradient; call SetTrainable(false), or use Step.MomentumEncoder", shorten(trained))
	}
	if len(undeclared) > 0 {
		t.Errorf("a step changes %s, which is neither trained nor declared to be changed; add it to Options.Changes if "+
			"that is meant", shorten(undeclared))
	}
	for _, prefix := range declared {
		if !changed[prefix] && len(trained) == 0 {
			t.Errorf("no step changes anything under %s, though it is declared to be changed", prefix)
		}
	}
}

func isOfMomentum(path string) bool { return strings.HasPrefix(path, "/momentum/") }

// optimized is the path of the parameter that a variable of the optimizer's
// belongs to: /online/fc/weight for /optimizer/moment1/online/fc/weight. It is
// empty for other variables.
func optimized(path string) string {
	rest, found := strings.CutPrefix(path, "/optimizer/")
	slash := strings.Index(rest, "/")
	if !found || slash < 0 {
		return ""
	}
	return rest[slash:]
}

// checkTrained looks for parameters of the backbone that a step leaves as they
// are. Adam moves whatever has a gradient, be it as small as rounding noise.
func checkTrained(t testing.TB, before, after state) {
	t.Helper()
	var still []string
	for path, now := range after {
		if now.trainable && strings.HasPrefix(path, "/online/backbone/") && bytes.Equal(now.bytes, before[path].bytes) {
			still = append(still, path)
		}
	}
	if len(still) > 0 {
		t.Errorf("no gradient reaches %s of the backbone", shorten(still))
	}
}

// isOfStep reports whether every method's step changes a variable of that path.
func isOfStep(path string, trainable bool) bool {
	isStatistic := strings.HasSuffix(path, "/running_mean") || strings.HasSuffix(path, "/running_var")
	return trainable || strings.HasPrefix(path, "/optimizer/") || isStatistic && !isOfMomentum(path)
}

func prefixOf(path string, prefixes []string) string {
	at := slices.IndexFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
	if at < 0 {
		return ""
	}
	return prefixes[at]
}
