package builder

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/provenance"
	"github.com/kontrast-ml/kontrast/internal/origin"
)

// writeModule writes the module of a program to a folder: main.go, go.mod, go.sum.
func writeModule(folder string, from origin.Origin, plugins []With) error {
	sums, err := sumsOf(from, plugins)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "main.go"), mainFile(plugins), 0o644),
		os.WriteFile(filepath.Join(folder, "go.mod"), modFile(from, plugins), 0o644),
		os.WriteFile(filepath.Join(folder, "go.sum"), sums, 0o644),
	)
}

// alias is what main.go calls the package of a plugin.
func alias(i int) string { return fmt.Sprintf("plugin%d", i+1) }

func mainFile(plugins []With) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Made by kontrast build.\npackage main\n\nimport (\n\t%q\n\n", provenance.Kontrast)
	calls := make([]string, len(plugins))
	for i, plugin := range plugins {
		fmt.Fprintf(&b, "\t%s %q\n", alias(i), plugin.Package)
		calls[i] = alias(i) + ".Extensions()"
	}
	fmt.Fprintf(&b, ")\n\nfunc main() {\n\tkontrast.Main(\n\t\t%s,\n\t)\n}\n", strings.Join(calls, ",\n\t\t"))
	return b.Bytes()
}

func modFile(from origin.Origin, plugins []With) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "module kontrast-with-plugins\n\ngo %s\n\nrequire %s %s\n", from.Go, provenance.Kontrast, from.Version)
	if from.Folder != "" {
		fmt.Fprintf(&b, "replace %s => %q\n", provenance.Kontrast, from.Folder)
	}
	written := map[string]bool{} // several plugins can be packages of one module
	for _, plugin := range plugins {
		if plugin.Folder != "" && !written[plugin.module] {
			fmt.Fprintf(&b, "require %s %s\nreplace %s => %q\n", plugin.module, plugin.required(), plugin.module, plugin.Folder)
			written[plugin.module] = true
		}
	}
	return b.Bytes()
}

// sumsOf are the checksums that the folders of source have of what they require.
func sumsOf(from origin.Origin, plugins []With) ([]byte, error) {
	texts := [][]byte{from.Sums()}
	for _, plugin := range plugins {
		if plugin.Folder == "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(plugin.Folder, "go.sum"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		texts = append(texts, text)
	}
	lines := strings.Split(string(bytes.Join(texts, []byte("\n"))), "\n")
	slices.Sort(lines)
	lines = slices.DeleteFunc(slices.Compact(lines), func(line string) bool { return line == "" })
	return []byte(strings.Join(lines, "\n") + "\n"), nil
}
