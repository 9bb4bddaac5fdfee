package data

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image/color"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// omissionsOf lists what a dataset leaves out as "path in the root: reason".
func omissionsOf(d Dataset, root string) (out []string) {
	for _, o := range OmissionsOf(d) {
		path := strings.TrimPrefix(strings.TrimPrefix(o.Path, root), ": ")
		out = append(out, strings.TrimPrefix(path, "/")+": "+o.Reason)
	}
	return out
}

func checkOmissions(t *testing.T, d Dataset, root string, want ...string) {
	t.Helper()
	if got := omissionsOf(d, root); !slices.Equal(got, want) {
		t.Errorf("left out:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestEveryFileLeftOutIsNamed(t *testing.T) {
	dot := pngOf(t, 1, 1, color.Black)
	root := tree(t, map[string][]byte{
		"cat/1.JPG": dot, "cat/2.jfif": dot, "cat/no-ending": dot, "cat/photo.txt": dot,
		"cat/a.txt": []byte("x"), "cat/b.txt": []byte("y"), "cat/.hidden.png": dot, "cat/._1.png": []byte("\x00\x05\x16\x07"),
		".ipynb_checkpoints/1-checkpoint.png": dot, "cat/.ipynb_checkpoints/1-checkpoint.png": dot, "@eaDir/1.png": dot,
		"dog/1.png": dot, "ship/1.heic": []byte("\x00\x00\x00\x18ftypheic"), "loose.png": dot,
	})
	for link, target := range map[string]string{"cat/gone.png": "nowhere.png", "cat/loop": "../cat",
		"cat/other.png": "../dog/1.png", "bird": "dog"} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Skip(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "dog/pipe.jpg"), 0o644); err != nil {
		t.Skip(err)
	}
	if err := os.Mkdir(filepath.Join(root, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	d, err := openFolderWith(FolderParams{Path: root, Test: root}, Train)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"bird", "cat", "dog"}; !slices.Equal(d.Classes(), want) || d.Len() != 7 {
		t.Errorf("%d samples of classes %q, want 7 of %q", d.Len(), d.Classes(), want)
	}
	want := []string{
		".ipynb_checkpoints/1-checkpoint.png: hidden",
		"@eaDir/1.png: hidden",
		"bird/pipe.jpg: a named pipe, no regular file",
		"cat/._1.png: no image",
		"cat/.hidden.png: hidden",
		"cat/.ipynb_checkpoints/1-checkpoint.png: hidden",
		`cat/a.txt: no image (and 1 more files that end in ".txt")`,
		"cat/gone.png: a link to nothing",
		"cat/loop: a link to a folder that it lies in",
		"dog/pipe.jpg: a named pipe, no regular file",
		"empty: an empty folder",
		"loose.png: in no folder, so its class is unknown",
		"ship: the folder gives no class: no image in it can be used",
		"ship/1.heic: not a JPEG, PNG, WebP, BMP, TIFF, GIF or PPM file",
	}
	checkOmissions(t, d, root, want...)
	_, err = openFolderWith(
		FolderParams{Path: root, Test: root, OwnImages: OwnImages{Reading: Reading{Strict: true}}}, Train,
	)
	if err == nil || !strings.Contains(err.Error(), "12 images would be left out, which strict forbids") {
		t.Errorf("strict: %v", err)
	}
}

func TestWhatIsNoRegularFileIsNeverWaitedFor(t *testing.T) {
	root := t.TempDir()
	pipe := filepath.Join(root, "pipe.png")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Skip(err)
	}
	table := filepath.Join(root, "t.csv")
	content := "image,caption\npipe.png,a pipe\n.,a folder\n"
	if err := os.WriteFile(table, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if _, err := openFolderWith(FolderParams{Path: pipe, Test: root}, Train); err == nil ||
			!strings.HasSuffix(err.Error(), "pipe.png is a named pipe, expected a directory or an archive") {
			t.Errorf("a pipe as the data set: %v", err)
		}
		p := *pairsFactory().Defaults().(*PairsParams)
		p.Path, p.Test = pipe, pipe
		if _, err := pairsFactory().Open(context.Background(), &p, Train, Env{}); err == nil ||
			!strings.HasSuffix(err.Error(), "is a named pipe, expected a file") {
			t.Errorf("a pipe as the table: %v", err)
		}
		p.Path, p.Test = table, table
		d, err := pairsFactory().Open(context.Background(), &p, Train, Env{})
		if err != nil {
			t.Error(err)
			return
		}
		for i, want := range []string{"a named pipe, no regular file", "a directory, no regular file"} {
			if err := d.Image(i, &Image{}); !Skippable(err) || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("row %d: %v", i, err)
			}
		}
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		t.Fatal("waits for a pipe")
	}
}

// zipOf writes a zip archive; a name that ends in "@" is a link to its content.
func zipOf(t *testing.T, files map[string][]byte) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range files {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate}
		if link, isLink := strings.CutSuffix(name, "@"); isLink {
			header.Name = link
			header.SetMode(os.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(header)
		if err == nil {
			_, err = f.Write(content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "images.ZIP")
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestArchives(t *testing.T) {
	red, blue := pngOf(t, 2, 1, color.NRGBA{R: 255, A: 255}), pngOf(t, 1, 1, color.NRGBA{B: 200, A: 255})
	plain := map[string][]byte{
		"set/ant/1.png": blue, "set/cat/2.png": red, "set/cat/deep/3.png": red, "set/notes.txt": []byte("x"),
	}
	tarred, err := os.ReadFile(archive(t, plain))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	pack := gzip.NewWriter(&packed)
	if _, err := pack.Write(tarred); err != nil {
		t.Fatal(err)
	}
	if err := pack.Close(); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	compressed, misnamed := filepath.Join(folder, "a.tar.gz"), filepath.Join(folder, "a.dat")
	for path, content := range map[string][]byte{compressed: packed.Bytes(), misnamed: tarred} {
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range map[string]string{"zip": zipOf(t, plain), "tar.gz": compressed, "another ending": misnamed,
		"again": compressed} {
		t.Run(name, func(t *testing.T) {
			d, err := folderFactory().Open(
				context.Background(), &FolderParams{Path: path, Test: path}, Train, Env{CacheDir: t.TempDir()},
			)
			if err != nil {
				t.Fatal(err)
			}
			if d.Len() != 3 || !slices.Equal(d.Classes(), []string{"ant", "cat"}) {
				t.Fatalf("%d samples of %q", d.Len(), d.Classes())
			}
			if blue, red := pixels(t, d, 0), pixels(t, d, 2); blue[2] != 200 || red[0] != 255 || len(red) != 6 {
				t.Errorf("pixels %v and %v", blue, red)
			}
			checkOmissions(t, d, path, "set/notes.txt: no image")
		})
	}
	cut := filepath.Join(folder, "cut.tar.gz")
	if err := os.WriteFile(cut, packed.Bytes()[:packed.Len()/2], 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := openFolderWith(FolderParams{Path: cut, Test: cut}, Train); err == nil ||
		!strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("half an archive: %v", err)
	}
}

func TestLinksInArchives(t *testing.T) {
	dot := pngOf(t, 1, 1, color.Black)
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	add := func(header tar.Header, content []byte) {
		header.Size, header.Mode = int64(len(content)), 0o644
		if err := w.WriteHeader(&header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	add(tar.Header{Name: "./real/1.png", Typeflag: tar.TypeReg}, dot)
	add(tar.Header{Name: "./cat/hard.png", Typeflag: tar.TypeLink, Linkname: "./real/1.png"}, nil)
	add(tar.Header{Name: "./cat/soft.png", Typeflag: tar.TypeSymlink, Linkname: "../cat/hard.png"}, nil)
	add(tar.Header{Name: "./dog", Typeflag: tar.TypeSymlink, Linkname: "cat"}, nil)
	add(tar.Header{Name: "./cat/gone.png", Typeflag: tar.TypeSymlink, Linkname: "../../../etc/passwd"}, nil)
	add(tar.Header{Name: "./cat/self.png", Typeflag: tar.TypeSymlink, Linkname: "self.png"}, nil)
	add(tar.Header{Name: "./cat/pipe.png", Typeflag: tar.TypeFifo}, nil)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "links.tar")
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	zipped := zipOf(t, map[string][]byte{
		"real/1.png": dot, "cat/hard.png@": []byte("../real/1.png"), "cat/soft.png@": []byte("hard.png"),
		"dog@":          []byte("cat"),
		"cat/gone.png@": []byte("/etc/passwd"), "cat/self.png@": []byte("self.png"),
	})
	for path, want := range map[string][]string{
		path: {"cat/gone.png: a link to nothing", "cat/pipe.png: a named pipe, no regular file",
			"cat/self.png: a link to nothing"},
		zipped: {"cat/gone.png: a link to nothing", "cat/self.png: a link to nothing"},
	} {
		d, err := openFolderWith(FolderParams{Path: path, Test: path}, Train)
		if err != nil {
			t.Fatal(err)
		}
		if d.Len() != 5 || !slices.Equal(d.Classes(), []string{"cat", "dog", "real"}) {
			t.Errorf("%d samples of %q", d.Len(), d.Classes())
		}
		for i := range d.Len() {
			pixels(t, d, i)
		}
		checkOmissions(t, d, path, want...)
	}
}

func TestSplitsInOneRoot(t *testing.T) {
	dot := pngOf(t, 1, 1, color.Black)
	files := map[string][]byte{"Train/a/1.png": dot, "Train/a/2.png": dot, "Train/b/1.png": dot, "val/a/1.png": dot,
		"val/b/.x.png": dot, "extra/z.png": dot}
	for name, path := range map[string]string{"directory": tree(t, files), "tar": archive(t, files),
		"zip": zipOf(t, files)} {
		t.Run(name, func(t *testing.T) {
			train, err := openFolderWith(FolderParams{Path: path}, Train)
			if err != nil {
				t.Fatal(err)
			}
			test, err := openFolderWith(FolderParams{Path: path}, Test)
			if err != nil {
				t.Fatal(err)
			}
			if train.Len() != 3 || test.Len() != 1 || !slices.Equal(test.Classes(), []string{"a", "b"}) {
				t.Errorf("%d and %d samples of %q", train.Len(), test.Len(), test.Classes())
			}
			checkOmissions(t, train, path, "extra: in neither of the splits Train and val")
			checkOmissions(t, test, path, "val/b: the folder gives no class: no image in it can be used", "val/b/.x.png: hidden")
			if got := NotesOf(test); !slices.Equal(got, []string{"1 of the 2 classes have no test images"}) {
				t.Errorf("notes %q", got)
			}
			want := "holds the splits Train and val, not classes; remove test and test_fraction to use them, or give the path " +
				"of one of them"
			if _, err := openFolderWith(FolderParams{Path: path, OwnImages: OwnImages{Holdout: Holdout{TestFraction: 0.5}}},
				Train); err == nil || !strings.HasSuffix(err.Error(), want) {
				t.Errorf("with test_fraction: %v", err)
			}
		})
	}
	root := tree(t, map[string][]byte{"train/a/1.png": dot, "val/a/1.png": dot})
	want := " holds no folders train and val (or test) that would be the splits; beside it is " +
		filepath.Join(root, "val")
	if _, err := openFolderWith(FolderParams{Path: filepath.Join(root, "train")}, Train); err == nil ||
		!strings.HasSuffix(err.Error(), want) {
		t.Errorf("one of the folders: %v", err)
	}
	// ImageNet's test images have no classes: its validation images are used.
	root = tree(t, map[string][]byte{"train/a/1.png": dot, "val/a/1.png": dot, "test/1.png": dot})
	if d, err := openFolderWith(FolderParams{Path: root}, Test); err != nil || d.Len() != 1 || d.Label(0) != 0 {
		t.Errorf("a test split without classes: %v, %v", d, err)
	}
}

func TestImagesWithoutLabels(t *testing.T) {
	dot := pngOf(t, 1, 1, color.Black)
	flat := tree(t, map[string][]byte{"1.png": dot, "2.png": dot, "3.png": dot, "4.png": dot})
	dated := tree(t, map[string][]byte{"2024/1.png": dot, "2024/2.png": dot, "2025/3.png": dot, "4.png": dot})
	splits := tree(t, map[string][]byte{"train/1.png": dot, "train/2.png": dot, "train/3.png": dot, "test/4.png": dot})
	for name, p := range map[string]FolderParams{
		"flat":   {Path: flat, OwnImages: OwnImages{Holdout: Holdout{TestFraction: 0.25}}},
		"dated":  {Path: dated, Unlabeled: true, OwnImages: OwnImages{Holdout: Holdout{TestFraction: 0.25}}},
		"splits": {Path: splits},
	} {
		for split, want := range map[Split]int{Train: 3, Test: 1} {
			d, err := openFolderWith(p, split)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if d.Len() != want || len(d.Classes()) != 0 || d.Label(0) != -1 {
				t.Errorf("%s, %s: %d samples of classes %q, label %d", name, split, d.Len(), d.Classes(), d.Label(0))
			}
		}
	}
}

func TestNamesInAnyEncoding(t *testing.T) {
	dot := pngOf(t, 1, 1, color.Black)
	train := tree(t, map[string][]byte{"caf\xe9/1.png": dot, "ma\u00f1ana/\xff.png": dot})
	test := tree(t, map[string][]byte{"cafe\u0301/1.png": dot, "man\u0303ana/2.png": dot})
	for split, p := range map[Split]FolderParams{Train: {Path: train, Test: test}, Test: {Path: train, Test: test}} {
		d, err := openFolderWith(p, split)
		if err != nil {
			t.Fatal(err)
		}
		if want := []string{"café", "mañana"}; !slices.Equal(d.Classes(), want) || d.Len() != 2 || d.Label(0) == d.Label(1) {
			t.Errorf("%s: %d samples of classes %q, want %q", split, d.Len(), d.Classes(), want)
		}
		pixels(t, d, 0)
		pixels(t, d, 1)
	}
}

// hugePNG is a PNG file of zeros that says it has so many pixels of 64 bits.
func hugePNG(t *testing.T, side uint32) []byte {
	t.Helper()
	small := encoded(t, deepImage())
	header := slices.Clone(small[12:29])
	binary.BigEndian.PutUint32(header[4:], side)
	binary.BigEndian.PutUint32(header[8:], side)
	sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(header))
	return slices.Concat(small[:12], header, sum, small[33:])
}

func TestDecodingIsBoundedByMemoryBeforeItCosts(t *testing.T) {
	root := tree(t, map[string][]byte{"a/1.png": hugePNG(t, 16384), "a/2.png": pngOf(t, 100, 100, color.Black)})
	d, err := openFolderWith(FolderParams{Path: root, Test: root}, Train)
	if err != nil {
		t.Fatal(err)
	}
	want := "16384×16384 pixels of 64 bits take 3.5 GiB to decode, more than decode_bytes allows (1 GiB)"
	if err := d.Image(0, &Image{}); !Skippable(err) || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("got %v, want … %s", err, want)
	}
	d, err = openFolderWith(
		FolderParams{Path: root, Test: root, OwnImages: OwnImages{Reading: Reading{DecodeBytes: 50000}}}, Train,
	)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Image(1, &Image{}); err == nil || !strings.HasSuffix(err.Error(), "100×100 pixels of 32 bits take 97.9 "+
		"KiB to decode, more than decode_bytes allows (48.8 KiB)") {
		t.Errorf("a smaller limit: %v", err)
	}
}

func TestOrientationIsASetting(t *testing.T) {
	file := jpegWithOrientation(t, 6, 8, 4)
	root := tree(t, map[string][]byte{"a/1.jpg": file})
	for asStored, want := range map[bool][2]int{false: {4, 8}, true: {8, 4}} {
		d, err := openFolderWith(
			FolderParams{Path: root, Test: root, OwnImages: OwnImages{Reading: Reading{AsStored: asStored}}}, Train,
		)
		if err != nil {
			t.Fatal(err)
		}
		var m Image
		if err := d.Image(0, &m); err != nil || m.Width != want[0] || m.Height != want[1] {
			t.Errorf("as stored %v: %d×%d, want %v; %v", asStored, m.Width, m.Height, want, err)
		}
	}
}

func TestArchivesOfOtherKindsAreNamed(t *testing.T) {
	for kind, magic := range map[string]string{".xz": "\xfd7zXZ\x00", ".zst": "\x28\xb5\x2f\xfd",
		".7z": "7z\xbc\xaf\x27\x1c", ".rar": "Rar!\x1a\x07"} {
		path := filepath.Join(t.TempDir(), "archive")
		if err := os.WriteFile(path, []byte(magic+strings.Repeat("x", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		p := FolderParams{Path: path}
		p.TestFraction = 0.5
		if _, err := folderFactory().Open(t.Context(), &p, Train, Env{}); err == nil ||
			!strings.Contains(err.Error(), "is an archive of the kind "+kind+", which is not read; unpack it") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestAMissingPathInTheHomeFolderSaysSo(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	p := FolderParams{Path: filepath.Join(home, "photos")}
	p.TestFraction = 0.5
	if _, err := folderFactory().Open(t.Context(), &p, Train, Env{}); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), "(~/photos, in your home folder)") {
		t.Errorf("error %v", err)
	}
}
