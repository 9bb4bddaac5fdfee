package data

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// gradient is a JPEG file whose colors change over the picture.
func gradient(t testing.TB, width, height int) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			m.SetRGBA(x, y, color.RGBA{uint8(255 * x / width), uint8(255 * y / height), 80, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// packOf packs directories and archives into a new file.
func packOf(t testing.TB, options PackOptions, sources ...string) (path string, packed Packed) {
	t.Helper()
	var out bytes.Buffer
	packed, err := Pack(context.Background(), &out, sources, options, Env{})
	if err != nil {
		t.Fatal(err)
	}
	if packed.Bytes != int64(out.Len()) {
		t.Errorf("%d bytes are written, %d said", out.Len(), packed.Bytes)
	}
	path = filepath.Join(t.TempDir(), "images.pack")
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path, packed
}

func TestAPackIsWhatItWasMadeOf(t *testing.T) {
	train := tree(t, map[string][]byte{
		"cat/1.jpg": gradient(t, 40, 30), "cat/10.png": pngOf(t, 3, 3, color.White), "cat/9.jpg": gradient(t, 8, 8),
		"dog/a.ppm": []byte("P6\n# a comment\n2 1\n255\n\x01\x02\x03\xff\xfe\xfd"), "dog/b.pgm": []byte("P5 2 1 3\n\x00\x03"),
		"dog/readme.md": []byte("no image"),
	})
	test := tree(t, map[string][]byte{"cat/t.png": pngOf(t, 4, 5, color.Black), "dog/u.jpg": gradient(t, 9, 7)})
	for _, source := range []string{train, archive(t, map[string][]byte{"x/cat/1.png": pngOf(t, 2, 2, color.White),
		"x/dog/1.png": pngOf(t, 2, 2, color.Black)})} {
		for _, options := range []PackOptions{{}, {Raw: true}} {
			path, packed := packOf(t, options, source)
			plain, err := openFolderWith(FolderParams{Path: source, Test: test}, Train)
			if err != nil {
				t.Fatal(err)
			}
			from, err := openFolderWith(FolderParams{Path: path, Test: test}, Train)
			if err != nil {
				t.Fatal(err)
			}
			if packed.Images != plain.Len() || (packed.Changed > 0) != options.Raw {
				t.Errorf("%+v of %d images", packed, plain.Len())
			}
			if diff := cmp.Diff(contents(t, plain), contents(t, from)); diff != "" {
				t.Errorf("%+v: %s", options, diff)
			}
		}
	}
}

// contents are the classes and the pixels of a data set, in its order.
func contents(t testing.TB, d Dataset) (out []string) {
	t.Helper()
	var m Image
	for i := range d.Len() {
		if err := d.Image(i, &m); err != nil {
			t.Fatal(err)
		}
		out = append(out, fmt.Sprint(d.Classes()[d.Label(i)], m.Width, m.Height, m.Pix))
	}
	return out
}

func TestPackedSplitsAndReducedImages(t *testing.T) {
	root := tree(t, map[string][]byte{
		"train/cat/1.jpg": gradient(t, 60, 40), "train/dog/1.jpg": gradient(t, 30, 20),
		"train/dog/torn.jpg": gradient(t, 60, 40)[:300],
		"test/cat/2.jpg":     gradient(t, 41, 80), "test/dog/2.jpg": gradient(t, 20, 20),
	})
	path, packed := packOf(t, PackOptions{ShortSide: 20, Quality: 90}, filepath.Join(root, "train"), filepath.Join(root, "test"))
	if packed.Images != 4 || packed.Changed != 2 || len(packed.Omitted) != 1 ||
		!strings.HasSuffix(packed.Omitted[0].Path, "torn.jpg") {
		t.Errorf("%+v", packed)
	}
	for split, want := range map[Split][]string{Train: {"30×20 ", "30×20 "}, Test: {"20×39 ", "20×20 "}} {
		d, err := openFolderWith(FolderParams{Path: path}, split)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		var m Image
		for i := range d.Len() {
			if err := d.Image(i, &m); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%d×%d ", m.Width, m.Height))
			row := m.Pix[3*m.Width*(m.Height/2):]
			if left, right := row[0], row[3*(m.Width-1)]; left > 40 || right < 215 {
				t.Errorf("%v %d: red goes from %d to %d", split, i, left, right)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%v has %v, want %v", split, got, want)
		}
	}
	_, err := Pack(context.Background(), &bytes.Buffer{}, []string{root, root}, PackOptions{}, Env{})
	if err == nil || !strings.Contains(err.Error(), "sources need different names") {
		t.Error(err)
	}
	_, err = Pack(context.Background(), &bytes.Buffer{}, []string{root}, PackOptions{Quality: 101}, Env{})
	if err == nil {
		t.Error("a quality of 101 is taken")
	}
}

func TestDamagedPacks(t *testing.T) {
	path, _ := packOf(t, PackOptions{}, tree(t, map[string][]byte{
		"a/1.png": pngOf(t, 2, 2, color.White), "b/1.png": pngOf(t, 2, 2, color.Black),
	}))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	index := int(binary.LittleEndian.Uint64(whole[len(whole)-packFooter:]))
	damaged := func(change func(file []byte) []byte) error {
		if err := os.WriteFile(path, change(bytes.Clone(whole)), 0o644); err != nil {
			t.Fatal(err)
		}
		d, err := openFolderWith(FolderParams{Path: path, OwnImages: OwnImages{Holdout: Holdout{TestFraction: 0.5}}}, Train)
		if err != nil {
			return err
		}
		var m Image
		return d.Image(0, &m)
	}
	if err := damaged(func(file []byte) []byte { return file }); err != nil {
		t.Fatal(err)
	}
	footer := len(whole) - packFooter
	for name, test := range map[string]struct {
		change func(file []byte) []byte
		want   string
	}{
		"short":         {func(file []byte) []byte { return file[:20] }, "it has 20 bytes"},
		"torn":          {func(file []byte) []byte { return file[:footer+3] }, "its end is missing"},
		"content":       {func(file []byte) []byte { file[len(packMagic)+50] ^= 1; file[index-50] ^= 1; return file }, "its checksum is wrong"},
		"index":         {func(file []byte) []byte { file[index+3] ^= 1; return file }, "its index is damaged"},
		"many":          {func(file []byte) []byte { file[footer+12] = 1; return file }, "its end contradicts its size"},
		"index outside": {func(file []byte) []byte { file[footer+5] = 1; return file }, "its end contradicts its size"},
	} {
		if err := damaged(test.change); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
	// Rows that lead elsewhere, with a right checksum.
	for at := range 2 * packRow {
		err := damaged(func(file []byte) []byte {
			file[index+at] ^= 0x80
			binary.LittleEndian.PutUint32(file[footer+16:], checksumIn(file[index:footer]))
			return file
		})
		if err == nil && at%packRow != 12 && at/packRow == 0 {
			t.Errorf("byte %d of the index may be another", at)
		}
	}
}

func TestPPMErrors(t *testing.T) {
	for file, want := range map[string]string{
		"P6\n2 2\n255\n\x00": "the file ends within its pixels", "P6\n2 x\n255\n": `'x' in the header`, "P6\n2": "the header ends early",
		"P6\n2 2\n65535\n": "values up to 65535", "P6\n0 2\n255\n": "expected at least 1×1", "P6\n99999999999 2\n255\n": "expected a number",
		"P6\n90000000 90000000\n255\n": "more than decode_bytes allows",
	} {
		var m Image
		if err := (Reading{}).open().decode([]byte(file), &m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", file, err, want)
		}
	}
}

// BenchmarkOpenPack opens a pack of as many images as ImageNet's training split has.
func BenchmarkOpenPack(b *testing.B) {
	path := filepath.Join(b.TempDir(), "images.pack")
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	w := newPackWriter(file)
	for class := range 1000 {
		for i := range 1281 {
			w.add(fmt.Sprintf("n%08d/n%08d_%05d.JPEG", class, class, i), []byte{1})
		}
	}
	if err := w.finish(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		d, err := openFolderWith(FolderParams{Path: path, OwnImages: OwnImages{Holdout: Holdout{TestFraction: 0.5}}}, Train)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(d.Len()), "images")
	}
}
