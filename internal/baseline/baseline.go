// Package baseline has the names of the lines that methods are held against:
// runs that train nothing, under which comparisons and figures find them.
package baseline

import "slices"

// The baselines. Their names stand where other runs have that of their method.
const (
	Untrained = "untrained"  // the features of the backbone as initialized
	Pixels    = "pixels"     // the pixels themselves
	PixelsPCA = "pixels-pca" // their principal components
)

// Names are those of all baselines, the one that is always taken first.
func Names() []string { return []string{Untrained, Pixels, PixelsPCA} }

// Is reports whether a run of that method is a baseline.
func Is(method string) bool { return slices.Contains(Names(), method) }
