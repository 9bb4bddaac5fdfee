package data

import (
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// paint writes an image of one color.
func paint(t *testing.T, path string, shade uint8) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	picture := image.NewGray(image.Rect(0, 0, 4, 4))
	for i := range picture.Pix {
		picture.Pix[i] = shade
	}
	picture.Set(0, 0, color.Gray{Y: 255 - shade})
	if err := png.Encode(file, picture); err != nil {
		t.Fatal(err)
	}
}

// identities opens a folder and returns what identifies its training split, all of which is read.
func identities(t *testing.T, root string) (fingerprint, pixels string) {
	t.Helper()
	params := folderFactory().Defaults().(*FolderParams)
	params.Path, params.TestFraction = root, 0.25
	set, err := folderFactory().Open(t.Context(), params, Train, Env{})
	if err != nil {
		t.Fatal(err)
	}
	digest := Digested(set)
	if fingerprint, err = Fingerprint(t.Context(), digest); err != nil {
		t.Fatal(err)
	}
	var one Image
	for i := range digest.Len() {
		if _, known := digest.Sum(); i > probed && known {
			t.Fatalf("the sum is known before sample %d was read", i)
		}
		if err := digest.Image(i, &one); err != nil {
			t.Fatal(err)
		}
	}
	pixels, known := digest.Sum()
	if !known {
		t.Fatal("the sum is not known after all samples were read")
	}
	return fingerprint, pixels
}

func TestDataThatMovedAreTheSameAndChangedOnesAreNot(t *testing.T) {
	build := func(change func(root string)) (string, string) {
		root := t.TempDir()
		for i := range uint8(200) {
			paint(t, filepath.Join(root, []string{"cat", "dog"}[i%2], string(rune('a'+i/20))+string(rune('a'+i%20))+".png"), i)
		}
		change(root)
		return identities(t, root)
	}
	fingerprint, pixels := build(func(string) {})
	if f, p := build(func(string) {}); f != fingerprint || p != pixels {
		t.Error("the same images in another folder are taken for others")
	}
	for name, change := range map[string]func(root string){
		"one more": func(root string) { paint(t, filepath.Join(root, "dog", "zz.png"), 3) },
		"one less": func(root string) { os.Remove(filepath.Join(root, "dog", "aj.png")) },
		"a rename": func(root string) {
			os.Rename(filepath.Join(root, "dog", "ab.png"), filepath.Join(root, "dog", "abc.png"))
		},
		"a class": func(root string) { os.Rename(filepath.Join(root, "dog"), filepath.Join(root, "wolf")) },
		"all moved": func(root string) {
			os.Rename(filepath.Join(root, "dog", "ab.png"), filepath.Join(root, "cat", "ab.png"))
		},
	} {
		if f, _ := build(change); f == fingerprint {
			t.Errorf("%s: the fingerprint is the same", name)
		}
	}
	if _, p := build(func(root string) {
		for i := range uint8(200) { // of the same names
			paint(t, filepath.Join(root, []string{"cat", "dog"}[i%2], string(rune('a'+i/20))+string(rune('a'+i%20))+".png"), i^1)
		}
	}); p == pixels {
		t.Error("other pixels: the sum is the same")
	}
}
