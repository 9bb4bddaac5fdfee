package builder

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/provenance"
)

// With is a plugin that is asked for.
type With struct {
	Package string // import path
	Version string // of its module: v1.2.0, a branch or a commit; empty for the newest, or where Folder is given
	Folder  string // absolute path of its module on this machine; empty for the published one
	module  string // path of the module in Folder
}

var importPath = regexp.MustCompile(`^[a-zA-Z0-9._~-]+\.[a-zA-Z0-9._~-]*(/[a-zA-Z0-9._~-]+)*$`)

var versionForm = regexp.MustCompile(`^[a-zA-Z0-9._+~/-]+$`)

// ParseWith reads PACKAGE[@VERSION][=FOLDER].
func ParseWith(text string) (With, error) {
	left, folder, replaced := strings.Cut(text, "=")
	path, version, versioned := strings.Cut(left, "@")
	w := With{Package: path, Version: version}
	switch {
	case !importPath.MatchString(path):
		return w, fmt.Errorf("plugin %q: expected PACKAGE[@VERSION][=FOLDER], such as example.com/you/mine@v1.2.0 or "+
			"example.com/you/mine=../mine; "+
			"the first part of a package's path has a dot", text)
	case versioned && !versionForm.MatchString(version):
		return w, fmt.Errorf("plugin %q: %q is no version; write one such as v1.2.0", text, version)
	case path == provenance.Kontrast || strings.HasPrefix(path, provenance.Kontrast+"/"):
		return w, fmt.Errorf(
			"plugin %q is kontrast itself, which every program has; its version or folder is given by --kontrast", text,
		)
	case !replaced:
		return w, nil
	}
	absolute, err := filepath.Abs(folder)
	if err != nil || folder == "" {
		return w, fmt.Errorf("plugin %q: after the equals sign comes the folder of its module", text)
	}
	w.Folder = absolute
	module, err := moduleOf(absolute)
	if err != nil {
		return w, fmt.Errorf("plugin %q: %w", text, err)
	}
	if path != module && !strings.HasPrefix(path, module+"/") {
		return w, fmt.Errorf("plugin %q: the folder %s has the module %s, which has no package %s",
			text, folder, module, path)
	}
	w.module = module
	return w, nil
}

var moduleLine = regexp.MustCompile(`(?m)^module[ \t]+"?([^\s"]+)`)

// moduleOf reads the path of the module in a folder.
func moduleOf(folder string) (string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("%s is the folder of no module: %w", folder, err)
	}
	line := moduleLine.FindSubmatch(text)
	if line == nil {
		return "", fmt.Errorf("%s names no module", filepath.Join(folder, "go.mod"))
	}
	return string(line[1]), nil
}

var majorSuffix = regexp.MustCompile(`/v([2-9]|[1-9][0-9]+)$`)

// required is the version of its module that go.mod asks for.
func (w With) required() string {
	if strings.HasPrefix(w.Version, "v") {
		return w.Version
	}
	if major := majorSuffix.FindStringSubmatch(w.module); major != nil {
		return "v" + major[1] + ".0.0"
	}
	return "v0.0.0"
}

// String is what was asked for.
func (w With) String() string {
	text := w.Package
	if w.Version != "" {
		text += "@" + w.Version
	}
	if w.Folder != "" {
		text += "=" + w.Folder
	}
	return text
}

// Fits reports a plugin whose module is taken from another folder by one of the others.
func Fits(plugin With, others []With) error {
	for _, other := range others {
		if plugin.Folder != "" && plugin.module == other.module && plugin.Folder != other.Folder {
			return fmt.Errorf("plugins %s and %s are of one module, %s, in two folders: it can be taken from one only",
				other, plugin, plugin.module)
		}
	}
	return nil
}
