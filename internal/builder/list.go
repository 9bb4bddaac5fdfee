package builder

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/kontrast-ml/kontrast/framework/provenance"
)

// listed is a package as go list has it.
type listed struct {
	ImportPath, Name, Dir                     string
	Module                                    *struct{ Path, Version string }
	GoFiles, CgoFiles, CFiles, HFiles, SFiles []string
	EmbedFiles                                []string
	Error                                     *struct{ Err string }
}

// list looks at all packages of the program. It returns the digests of the code
// of modules that are in folders, by module.
func (b *build) list(ctx context.Context) (map[string]string, error) {
	out, err := b.run(ctx, "list", "-deps", "-e",
		"-json=ImportPath,Name,Dir,Module,GoFiles,CgoFiles,CFiles,HFiles,SFiles,EmbedFiles,Error", ".")
	if err != nil {
		return nil, err
	}
	files := map[string][]string{} // of modules in folders
	for _, plugin := range b.Plugins {
		if plugin.Folder != "" {
			files[plugin.module] = nil
		}
	}
	if b.Origin.Folder != "" {
		files[provenance.Kontrast] = nil
	}
	for in := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := in.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if err := b.check(p); err != nil {
			return nil, err
		}
		if p.Module == nil {
			continue
		}
		if _, inFolder := files[p.Module.Path]; inFolder {
			for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.CFiles, p.HFiles, p.SFiles, p.EmbedFiles) {
				files[p.Module.Path] = append(files[p.Module.Path], filepath.Join(p.Dir, name))
			}
		}
	}
	digests := map[string]string{}
	for module, names := range files {
		if digests[module], err = digest(b.folderOf(module), names); err != nil {
			return nil, err
		}
	}
	return digests, nil
}

func (b *build) folderOf(module string) string {
	for _, plugin := range b.Plugins {
		if plugin.module == module {
			return plugin.Folder
		}
	}
	return b.Origin.Folder
}

// digest is the start of the SHA-256 of files' names, relative to a folder, and contents.
func digest(folder string, files []string) (string, error) {
	slices.Sort(files)
	sum := sha256.New()
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		name, err := filepath.Rel(folder, file)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%x %s\n", sha256.Sum256(content), filepath.ToSlash(name))
	}
	return fmt.Sprintf("%x", sum.Sum(nil))[:12], nil
}

// check reports a package that can't be part of the program.
func (b *build) check(p listed) error {
	at := slices.IndexFunc(b.Plugins, func(plugin With) bool { return plugin.Package == p.ImportPath })
	switch {
	case p.Error != nil && at < 0:
		return b.explain("list", p.Error.Err)
	case p.Error != nil:
		return &PluginError{Plugin: b.Plugins[at].String(), What: p.Error.Err}
	case at >= 0 && p.Name == "main":
		return &PluginError{Plugin: b.Plugins[at].String(),
			What: "its package is a program; a plugin is a package that exports " + signature, Advice: advice}
	case p.ImportPath == provenance.Kontrast && b.Origin.Folder == "" && p.Module != nil &&
		p.Module.Version != b.Origin.Version:
		return &PluginError{
			What: fmt.Sprintf("a plugin requires kontrast %s, and the program is to have %s",
				p.Module.Version, b.Origin.Version),
			Advice: "build with --kontrast " + p.Module.Version + ", or take an older version of the plugin",
		}
	}
	return nil
}
