// Package origin finds the source of kontrast that a program of its own is made
// from, and the Go toolchain that makes it.
package origin

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/provenance"
)

// Origin is where a module finds kontrast.
type Origin struct {
	Version string // of the module; v0.0.0 for a folder
	Folder  string // of the source that it is replaced by; empty for a published version
	Go      string // version of Go, as go.mod has it
}

// Find returns the origin of this program: the folder of source that it was
// built from, if that is still there, or else its version. A folder or a version
// that is given, "../kontrast" or "v1.2.0", is taken instead.
func Find(given string) (Origin, error) {
	origin := Origin{Version: "v0.0.0", Go: goVersion()}
	if versionForm.MatchString(given) {
		origin.Version = given
		return origin, nil
	}
	if given != "" {
		absolute, err := filepath.Abs(given)
		if err != nil {
			return origin, err
		}
		if !isSource(absolute) {
			return origin, fmt.Errorf("%s has no go.mod of module %s", given, provenance.Kontrast)
		}
		return origin.in(absolute), nil
	}
	_, here, _, _ := runtime.Caller(0)
	built := filepath.Dir(filepath.Dir(filepath.Dir(here)))
	if filepath.IsAbs(built) && !strings.Contains(built, "@") && isSource(built) {
		return origin.in(built), nil
	}
	if version := provenance.VersionOf(provenance.Kontrast); strings.HasPrefix(version, "v") &&
		!strings.Contains(version, "+") {
		origin.Version = version
		return origin, nil
	}
	return origin, errors.New(
		"this program was built from source of no version that is published, and that source is gone",
	)
}

// in is the origin in a folder of source, with the version of Go that it asks for.
func (o Origin) in(folder string) Origin {
	o.Folder = folder
	if text, err := os.ReadFile(filepath.Join(folder, "go.mod")); err == nil {
		if line := goLine.FindSubmatch(text); line != nil {
			o.Go = string(line[1])
		}
	}
	return o
}

var (
	versionForm = regexp.MustCompile(`^v\d+\.\d+\.\d+`)
	goLine      = regexp.MustCompile(`(?m)^go (\S+)$`)
)

// isSource reports whether a folder has the source of kontrast.
func isSource(folder string) bool {
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	return err == nil && strings.HasPrefix(string(text), "module "+provenance.Kontrast+"\n")
}

var releaseForm = regexp.MustCompile(`^go(\d+\.\d+(\.\d+)?)`)

// goVersion is that of the compiler of this program.
func goVersion() string {
	if parts := releaseForm.FindStringSubmatch(runtime.Version()); parts != nil {
		return parts[1]
	}
	return "1.26"
}

// Sums are the checksums that the folder of source has of what it requires.
func (o Origin) Sums() []byte {
	if o.Folder == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(o.Folder, "go.sum"))
	if err != nil {
		return nil // go mod tidy makes them
	}
	return text
}
