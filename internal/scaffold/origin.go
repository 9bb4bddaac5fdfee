package scaffold

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// Origin is where a new module finds kontrast.
type Origin struct {
	Version string // of the module; v0.0.0 for a folder
	Folder  string // of the source that it is replaced by; empty for a published version
	Go      string // version of Go, as go.mod has it
}

// Find returns the origin of this program: the folder of source that it was
// built from, if that is still there, or else its version. A folder that is
// given is taken instead.
func Find(folder string) (Origin, error) {
	origin := Origin{Version: "v0.0.0", Go: goVersion()}
	if folder != "" {
		absolute, err := filepath.Abs(folder)
		if err != nil {
			return origin, err
		}
		if !isSource(absolute) {
			return origin, fmt.Errorf("%s has no go.mod of module %s", folder, Kontrast)
		}
		origin.Folder = absolute
		return origin, nil
	}
	_, here, _, _ := runtime.Caller(0)
	built := filepath.Dir(filepath.Dir(filepath.Dir(here)))
	if filepath.IsAbs(built) && !strings.Contains(built, "@") && isSource(built) {
		origin.Folder = built
		return origin, nil
	}
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range append([]*debug.Module{&build.Main}, build.Deps...) {
			if module.Path == Kontrast && strings.HasPrefix(module.Version, "v") && !strings.Contains(module.Version, "+") {
				origin.Version = module.Version
				return origin, nil
			}
		}
	}
	return origin, fmt.Errorf("this program was built from source of no version that is published, and that source is gone")
}

// isSource reports whether a folder has the source of kontrast.
func isSource(folder string) bool {
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	return err == nil && strings.HasPrefix(string(text), "module "+Kontrast+"\n")
}

var releaseForm = regexp.MustCompile(`^go(\d+\.\d+(\.\d+)?)`)

// goVersion is that of the compiler of this program.
func goVersion() string {
	if parts := releaseForm.FindStringSubmatch(runtime.Version()); parts != nil {
		return parts[1]
	}
	return "1.26"
}

// sums are the checksums that the folder of source has of what it requires.
func (o Origin) sums() []byte {
	if o.Folder == "" {
		return nil
	}
	text, err := os.ReadFile(filepath.Join(o.Folder, "go.sum"))
	if err != nil {
		return nil // go mod tidy makes them
	}
	return text
}
