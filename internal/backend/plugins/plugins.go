// Package plugins finds and installs the PJRT plugins through which XLA
// computes: shared libraries of hundreds of megabytes that no program of ours
// contains. They come as wheels of Python's package index, which need no Python.
//
// Nothing is downloaded but by [Installer.Install].
package plugins

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/backend"
)

// PathEnv is the environment variable that names folders with plugins,
// separated as those of PATH; they go before the folder of the installed ones.
const PathEnv = "PJRT_PLUGIN_LIBRARY_PATH"

// Plugin is a plugin on this machine.
type Plugin struct {
	Platform string `json:"platform"`
	Path     string `json:"path"`              // of the shared library
	Version  string `json:"version,omitempty"` // project and version that it was installed from; empty if found elsewhere
	// Libraries is the folder of what the plugin needs beside it; empty for nothing.
	Libraries string `json:"libraries,omitempty"`
}

// patterns are those of the plugins' names in a folder, as all PJRT programs look for them, and as wheels have them.
func patterns(platform string) []string {
	return []string{
		"pjrt_c_api_" + platform + "_plugin.so", "pjrt-plugin-" + platform + ".so", "pjrt_plugin_" + platform + ".so",
		"xla_" + platform + "_plugin.so",
	}
}

// Folder is where plugins are installed, below the folder of downloads.
func Folder(cache string) string { return filepath.Join(cache, "pjrt") }

// MissingError says that no plugin was found, and where it was looked for.
type MissingError struct {
	Platform string
	Places   []string
}

// Error implements error.
func (e *MissingError) Error() string {
	return fmt.Sprintf("no PJRT plugin for %s: no %s in %s", e.Platform, patterns(e.Platform)[0],
		strings.Join(e.Places, ", "))
}

// Hint says what to do.
func (e *MissingError) Hint() string {
	if !slices.Contains(backend.Platforms(), e.Platform) {
		return fmt.Sprintf("name the folder that has it: %s=DIR; kontrast installs plugins for %s",
			PathEnv, strings.Join(backend.Platforms(), ", "))
	}
	return fmt.Sprintf("install it: kontrast backend install %s; or name the folder that has one: %s=DIR",
		e.Platform, PathEnv)
}

// Find finds the plugin for a platform: in the folders that the environment
// names, then among the installed ones. The error is a [MissingError].
func Find(platform, cache string) (Plugin, error) {
	missing := &MissingError{Platform: platform}
	if platform == "" || strings.ContainsAny(platform, `/\*?[`) {
		missing.Places = []string{"any folder: a platform is a word, such as cpu"}
		return Plugin{}, missing
	}
	for _, folder := range filepath.SplitList(os.Getenv(PathEnv)) {
		if folder == "" {
			continue
		}
		missing.Places = append(missing.Places, fmt.Sprintf("%s (of %s)", folder, PathEnv))
		for _, name := range patterns(platform) {
			if path := filepath.Join(folder, name); isFile(path) {
				path, err := filepath.Abs(path)
				return Plugin{Platform: platform, Path: path}, err
			}
		}
	}
	if cache == "" {
		missing.Places = append(missing.Places, "any folder: HOME is not set, and there is no --cache")
		return Plugin{}, missing
	}
	installed := filepath.Join(Folder(cache), platform)
	if plugin, err := readManifest(installed); err == nil && isFile(plugin.Path) {
		return plugin, nil
	}
	missing.Places = append(missing.Places, installed)
	return Plugin{}, missing
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// manifest says what an installed plugin was made of; it lies beside it.
type manifest struct {
	Platform string  `json:"platform"`
	Plugin   string  `json:"plugin"` // path within the folder, with slashes
	Wheels   []Wheel `json:"wheels"`
}

const manifestName = "kontrast.json"

func readManifest(folder string) (Plugin, error) {
	text, err := os.ReadFile(filepath.Join(folder, manifestName))
	if err != nil {
		return Plugin{}, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return Plugin{}, fmt.Errorf("%s: %w", filepath.Join(folder, manifestName), err)
	}
	if !filepath.IsLocal(filepath.FromSlash(m.Plugin)) || len(m.Wheels) == 0 {
		return Plugin{}, fmt.Errorf("%s names no plugin", filepath.Join(folder, manifestName))
	}
	path, err := filepath.Abs(filepath.Join(folder, filepath.FromSlash(m.Plugin)))
	if err != nil {
		return Plugin{}, err
	}
	plugin := Plugin{Platform: m.Platform, Path: path, Version: m.Wheels[0].Project + " " + m.Wheels[0].Version}
	if libraries := filepath.Join(folder, "nvidia"); len(m.Wheels) > 1 {
		plugin.Libraries, err = filepath.Abs(libraries)
	}
	return plugin, err
}

// From is where a plugin is from, in words.
func (p Plugin) From() string { return cmp.Or(p.Version, "found in "+filepath.Dir(p.Path)) }
