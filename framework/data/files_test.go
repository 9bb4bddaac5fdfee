package data

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pngOf is a PNG file of one color.
func pngOf(t testing.TB, width, height int, c color.Color) []byte {
	t.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.Set(x, y, c)
		}
	}
	return encoded(t, m)
}

func encoded(t testing.TB, m image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// tree writes files into a new directory.
func tree(t testing.TB, files map[string][]byte) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		at := filepath.Join(root, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, content, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// archive writes files into a new tar archive, sorted by name but from the end.
func archive(t testing.TB, files map[string][]byte) string {
	t.Helper()
	var names []string
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	slices.Reverse(names)
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range names {
		err := w.WriteHeader(
			&tar.Header{Name: "./" + name, Typeflag: tar.TypeReg, Size: int64(len(files[name])), Mode: 0o644},
		)
		if _, err2 := w.Write(files[name]); err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "images.tar")
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func openFolderWith(p FolderParams, split Split) (Dataset, error) {
	return folderFactory().Open(context.Background(), &p, split, Env{})
}

func TestFolderOrderAndClasses(t *testing.T) {
	red, blue := pngOf(t, 3, 2, color.NRGBA{R: 255, A: 255}), pngOf(t, 1, 1, color.NRGBA{B: 200, A: 255})
	content := map[string][]byte{
		"cat/10.png": red, "cat/2.PNG": blue, "cat/deep/er/x.png": red, "cat-like/1.png": blue,
		"ant/b.png": red, "ant/._b.png": blue, "ant/notes.txt": []byte("no image"), ".cache": nil,
	}
	wrapped := map[string][]byte{}
	for name, file := range content {
		wrapped["set/train/"+name] = file
	}
	for kind, path := range map[string]string{"directory": tree(t, content), "tar": archive(t, content),
		"wrapped tar": archive(t, wrapped)} {
		t.Run(kind, func(t *testing.T) {
			d, err := openFolderWith(FolderParams{Path: path, Test: path}, Train)
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{"ant", "cat", "cat-like"}; !slices.Equal(d.Classes(), want) {
				t.Errorf("classes %v, want %v", d.Classes(), want)
			}
			type sample struct {
				label, width, height int
				red, blue            uint8
			}
			want := []sample{{0, 3, 2, 255, 0}, {2, 1, 1, 0, 200}, {1, 3, 2, 255, 0}, {1, 1, 1, 0, 200}, {1, 3, 2, 255, 0}}
			var got []sample
			var m Image
			for i := range d.Len() {
				if err := d.Image(i, &m); err != nil {
					t.Fatal(err)
				}
				got = append(got, sample{d.Label(i), m.Width, m.Height, m.Pix[0], m.Pix[2]})
			}
			if !slices.Equal(got, want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestFolderHoldout(t *testing.T) {
	files := map[string][]byte{}
	for _, name := range []string{"a/0", "a/1", "a/2", "a/3", "a/4", "a/5", "a/6", "a/7", "b/0", "b/1", "b/2", "b/3"} {
		files[name+".png"] = pngOf(t, 1, 1, color.NRGBA{R: uint8(len(files)), A: 255})
	}
	p := FolderParams{Path: tree(t, files)}
	p.TestFraction = 0.25
	seen := map[uint8]int{}
	for split, want := range map[Split]int{Train: 9, Test: 3} {
		d, err := openFolderWith(p, split)
		if err != nil {
			t.Fatal(err)
		}
		if d.Len() != want {
			t.Errorf("%s has %d samples, want %d", split, d.Len(), want)
		}
		for i := range d.Len() {
			seen[pixels(t, d, i)[0]]++
		}
	}
	if len(seen) != 12 {
		t.Errorf("%d of 12 samples are in one of the splits", len(seen))
	}
}

func TestAHoldoutStarvesNoClass(t *testing.T) {
	dot := pngOf(t, 1, 1, color.Black)
	files := map[string][]byte{"single/1.png": dot}
	for _, name := range []string{"pair/1", "pair/2", "many/1", "many/2", "many/3", "many/4", "many/5"} {
		files[name+".png"] = dot
	}
	p := FolderParams{Path: tree(t, files), OwnImages: OwnImages{Holdout: Holdout{TestFraction: 0.9}}}
	counts := map[Split][]int{}
	for _, split := range []Split{Train, Test} {
		d, err := openFolderWith(p, split)
		if err != nil {
			t.Fatal(err)
		}
		counts[split] = make([]int, 3) // many, pair, single
		for i := range d.Len() {
			counts[split][d.Label(i)]++
		}
		notes := strings.Join(NotesOf(d), "; ")
		want :=
			`classes with a single image train and are not tested (1): "single"; classes are so small that another share than 0.9 of them is tested (1): "pair" (1 of 2)`
		if split == Train && notes != want || split == Test && notes != "" {
			t.Errorf("%s: notes %s", split, notes)
		}
	}
	if !slices.Equal(counts[Train], []int{1, 1, 1}) || !slices.Equal(counts[Test], []int{4, 1, 0}) {
		t.Errorf("%v", counts)
	}
	p.Path = tree(t, map[string][]byte{"a/1.png": dot, "b/1.png": dot})
	want := "dataset folder: test_fraction 0.9 of 2 samples, rounded class by class, leaves the test split none; choose " +
		"another share or name a test split of its own"
	if _, err := openFolderWith(p, Test); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestFolderErrors(t *testing.T) {
	dot := pngOf(t, 1, 1, color.Black)
	good := tree(t, map[string][]byte{"a/1.png": dot, "b/1.png": dot})
	other := tree(t, map[string][]byte{"a/1.png": dot, "c/1.png": dot})
	flat := tree(t, map[string][]byte{"1.png": dot})
	none := tree(t, map[string][]byte{"a/readme.md": []byte("hello")})
	whole, err := os.ReadFile(archive(t, map[string][]byte{"a/1.png": dot, "b/1.png": dot}))
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.tar")
	header := filepath.Join(t.TempDir(), "header.tar")
	text := filepath.Join(t.TempDir(), "text.tar")
	for path, content := range map[string][]byte{
		cut: whole[:1024+512+20], header: whole[:1024+100], text: []byte(strings.Repeat("hello", 200)),
	} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, check := range map[string]struct {
		params FolderParams
		want   string
	}{
		"no paths": {FolderParams{}, "dataset folder: path: must be given"},
		"no test": {FolderParams{Path: good}, "dataset folder: test: must be given, or else test_fraction: " + good +
			" holds no folders train and val (or test) that would be the splits"},
		"two tests": {FolderParams{Path: good, Test: good, OwnImages: OwnImages{Holdout: Holdout{TestFraction: 0.5}}},
			"dataset folder: test_fraction: is given as well as test; remove one of them"},
		"missing": {
			FolderParams{Path: good, Test: "/no/such"}, "dataset folder: open /no/such: no such file or directory",
		},
		"missing tar": {
			FolderParams{Path: "/no/such.tar", Test: good}, "dataset folder: open /no/such.tar: no such file or directory",
		},
		"other classes": {FolderParams{Path: good, Test: other},
			"dataset folder: " + other + `: class "c" is not among the 2 classes of ` + good + "; give it training images, or " +
				"move its folder away"},
		"flat test": {FolderParams{Path: good, Test: flat},
			"dataset folder: " + flat + ": " + flat + "/1.png is in no folder, so its class is unknown: expected class/1.png"},
		"no images": {
			FolderParams{Path: none, Test: good}, "dataset folder: " + none + ": no images in it (JPEG, PNG, WebP, BMP, TIFF, " +
				"GIF or PPM); " + none + "/a/readme.md: no image",
		},
		"no archive": {FolderParams{Path: filepath.Join(none, "a", "readme.md"), Test: good},
			"dataset folder: " + none + "/a/readme.md: not a whole tar archive: unexpected EOF"},
		"cut content": {
			FolderParams{Path: cut, Test: good}, "dataset folder: " + cut + ": the archive ends within ./a/1.png; get it again",
		},
		"cut header": {
			FolderParams{Path: header, Test: good}, "dataset folder: " + header + ": not a whole tar archive: unexpected EOF",
		},
		"not a tar": {FolderParams{Path: text, Test: good},
			"dataset folder: " + text + ": not a whole tar archive: archive/tar: invalid tar header"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := openFolderWith(check.params, Test); err == nil || err.Error() != check.want {
				t.Errorf("got  %v\nwant %s", err, check.want)
			}
		})
	}
}

func TestUndecodableFiles(t *testing.T) {
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 64, 64)), nil); err != nil {
		t.Fatal(err)
	}
	huge := pngOf(t, 1, 1, color.Black)
	huge = slices.Concat(huge[:16], []byte{0x7f, 0xff, 0xff, 0xff, 0, 0, 1, 0}, huge[24:])
	root := tree(t, map[string][]byte{
		"a/1-empty.jpg":     {},
		"a/2-text.png":      []byte("<html>404</html>"),
		"a/3-truncated.jpg": photo.Bytes()[:photo.Len()/2],
		"a/4-header.jpg":    photo.Bytes()[:2],
		"a/5-huge.png":      huge,
	})
	d, err := openFolderWith(FolderParams{Path: root, Test: root}, Train)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{
		"1-empty.jpg: the file is empty", "2-text.png: no image: not a JPEG, PNG, WebP, BMP, TIFF, GIF or PPM file",
		"3-truncated.jpg: unexpected EOF",
		"4-header.jpg: unexpected EOF", "5-huge.png: png: invalid format: invalid checksum",
	} {
		err := d.Image(i, &Image{})
		var sample *SampleError
		if !errors.As(err, &sample) || sample.Index != i || !Skippable(err) {
			t.Errorf("sample %d: %v (skippable: %v)", i, err, Skippable(err))
		}
		if path := filepath.Join(root, "a", want); err == nil || !strings.HasSuffix(err.Error(), path) {
			t.Errorf("got %v, want … %s", err, path)
		}
	}
	_, err = openFolderWith(
		FolderParams{Path: root, Test: root, OwnImages: OwnImages{Reading: Reading{Strict: true}}}, Train,
	)
	if err == nil || !strings.HasPrefix(err.Error(), "dataset folder: 5 images would be left out, which strict "+
		"forbids:\n  "+filepath.Join(root, "a", "1-empty.jpg")+": the file is empty\n") {
		t.Errorf("strict: %v", err)
	}
	gone, err := openFolderWith(FolderParams{Path: root, Test: root}, Train)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(root, "a", "1-empty.jpg")); err != nil {
		t.Fatal(err)
	}
	if err := gone.Image(0, &Image{}); !errors.Is(err, fs.ErrNotExist) &&
		!strings.HasSuffix(err.Error(), "1-empty.jpg: no such file or directory") {
		t.Errorf("a file that has gone: %v", err)
	}
}

func TestFolderFollowsLinkedClasses(t *testing.T) {
	elsewhere := tree(t, map[string][]byte{"x/1.png": pngOf(t, 1, 1, color.Black)})
	root := t.TempDir()
	if err := os.Symlink(filepath.Join(elsewhere, "x"), filepath.Join(root, "dog")); err != nil {
		t.Skip(err)
	}
	d, err := openFolderWith(FolderParams{Path: root, Test: root}, Train)
	if err != nil || d.Len() != 1 || d.Classes()[0] != "dog" {
		t.Errorf("%v, %v", d, err)
	}
}
