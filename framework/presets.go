package framework

import "io/fs"

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
