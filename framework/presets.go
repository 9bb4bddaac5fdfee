package framework

import (
	"io/fs"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// Presets is the folder of presets that a method embeds, for [Info].Presets.
// It panics if there is none, a mistake of the method's author.
func Presets(files fs.FS, folder string) fs.FS {
	presets, err := fs.Sub(files, folder)
	if err == nil {
		_, err = fs.ReadDir(presets, ".")
	}
	if err != nil {
		panic(err)
	}
	return presets
}

const presetEnding = ".yaml"

// PresetNames lists the method's presets in alphabetical order.
func (f Factory) PresetNames() []string {
	if f.Presets == nil {
		return nil
	}
	files, err := fs.Glob(f.Presets, "*"+presetEnding)
	if err != nil {
		return nil // the pattern is well formed
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(file, presetEnding)
	}
	return names
}

// Preset returns a preset as a configuration, and the comment that its file
// begins with, on one line. An unknown name is an [UnknownNameError].
func (f Factory) Preset(name string) (preset *config.Document, comment string, err error) {
	known := f.PresetNames()
	if !slices.Contains(known, name) {
		return nil, "", &UnknownNameError{Kind: "preset", Name: name, Known: known}
	}
	text, err := fs.ReadFile(f.Presets, name+presetEnding)
	if err != nil {
		return nil, "", err
	}
	preset, err = config.Parse(f.Name+"/"+name+presetEnding, text)
	return preset, firstComment(string(text)), err
}

func firstComment(text string) string {
	var words []string
	for line := range strings.Lines(text) {
		comment, found := strings.CutPrefix(line, "#")
		if !found {
			break
		}
		words = append(words, strings.Fields(comment)...)
	}
	return strings.Join(words, " ")
}
