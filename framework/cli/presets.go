package cli

import (
	"bufio"
	"bytes"
	"io/fs"
	"path"
	"strings"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/app"
	"github.com/kontrast-ml/kontrast/framework/config"
)

// presetInfo describes a preset of a method.
type presetInfo struct {
	Name string `json:"name"`
	Doc  string `json:"doc"` // the comment that it begins with
}

const presetEnding = ".yaml"

// preset reads published settings of a method.
func (c *command) preset(method, name string) (*config.Document, error) {
	catalog, err := app.NewCatalog(c.catalogOptions())
	if err != nil {
		return nil, err
	}
	factory, err := catalog.Methods.Get(method)
	if err != nil {
		return nil, usageError{err}
	}
	presets, err := presetsOf(factory)
	if err != nil {
		return nil, err
	}
	known := make([]string, len(presets))
	for i, p := range presets {
		known[i] = p.Name
		if p.Name == name {
			text, err := fs.ReadFile(factory.Presets, name+presetEnding)
			if err != nil {
				return nil, err
			}
			return config.Parse(method+"/"+name+presetEnding, text)
		}
	}
	return nil, usageError{&framework.UnknownNameError{Kind: "preset", Name: name, Known: known}}
}

// presetsOf lists the presets of a method.
func presetsOf(factory framework.Factory) ([]presetInfo, error) {
	presets := []presetInfo{}
	if factory.Presets == nil {
		return presets, nil
	}
	files, err := fs.Glob(factory.Presets, "*"+presetEnding)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		text, err := fs.ReadFile(factory.Presets, file)
		if err != nil {
			return nil, err
		}
		presets = append(presets, presetInfo{strings.TrimSuffix(path.Base(file), presetEnding), firstComment(text)})
	}
	return presets, nil
}

// firstComment is the comment that a YAML file begins with, on one line.
func firstComment(text []byte) string {
	var words []string
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		comment, found := strings.CutPrefix(lines.Text(), "#")
		if !found {
			break
		}
		words = append(words, strings.Fields(comment)...)
	}
	return strings.Join(words, " ")
}
