package data

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func gzipped(t *testing.T, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// member is a file of an archive.
type member struct{ name, content string }

func tarGz(t *testing.T, members ...member) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, m := range members {
		if err := w.WriteHeader(
			&tar.Header{Name: "cifar/" + m.name, Typeflag: tar.TypeReg, Size: int64(len(m.content)), Mode: 0o644},
		); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return gzipped(t, out.Bytes())
}

// record is a CIFAR image whose red values count up, with green 10 and blue 20.
func record(labels ...byte) string {
	pix := make([]byte, 3*1024)
	for i := range 1024 {
		pix[i], pix[1024+i], pix[2048+i] = byte(i), 10, 20
	}
	return string(labels) + string(pix)
}

// cached puts a file into a new cache.
func cachedFile(t *testing.T, folder, name string, content []byte) Env {
	t.Helper()
	env := Env{CacheDir: t.TempDir()}
	path := filepath.Join(env.CacheDir, folder, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o644)); err != nil {
		t.Fatal(err)
	}
	return env
}

func TestCIFARDownload(t *testing.T) {
	file := tarGz(t, member{"batches.meta.txt", "cat\ndog\n\n"},
		member{"data_batch_2.bin", record(0)}, member{"data_batch_1.bin", record(1) + record(0)},
		member{"data_batch_3.bin", ""}, member{"data_batch_4.bin", ""}, member{"data_batch_5.bin", record(1)},
		member{"test_batch.bin", record(1)})
	s := serve(t, file)
	small := cifar10
	small.archive.md5 = md5Of(file)
	env := Env{CacheDir: t.TempDir()}
	train, err := small.open(t.Context(), "cifar10", s.URL, Train, env)
	if err != nil {
		t.Fatal(err)
	}
	test, err := small.open(t.Context(), "cifar10", s.URL, Test, env)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.ranges) != 1 {
		t.Errorf("%d requests for two splits, want 1", len(s.ranges))
	}
	var labels []int
	for i := range train.Len() {
		labels = append(labels, train.Label(i))
	}
	if !slices.Equal(labels, []int{1, 0, 0, 1}) || test.Len() != 1 ||
		!slices.Equal(train.Classes(), []string{"cat", "dog"}) {
		t.Errorf("labels %v, %d test samples, classes %v", labels, test.Len(), train.Classes())
	}
	pix := pixels(t, train, 2)
	if len(pix) != 3*32*32 || !bytes.Equal(pix[3*33:3*34], []byte{33, 10, 20}) {
		t.Errorf("%d values, pixel 33 is %v", len(pix), pix[3*33:3*34])
	}
}

func TestCIFAR100Labels(t *testing.T) {
	env := cachedFile(t, "cifar100", "cifar-100-binary.tar.gz", tarGz(t,
		member{"fine_label_names.txt", "ant\nbee\nfly\n"}, member{"coarse_label_names.txt", "insect\nfish\n"},
		member{"train.bin", record(0, 2)}, member{"test.bin", record(1, 0)}))
	for coarse, want := range map[bool]string{false: "fly", true: "insect"} {
		d, err := cifar100Factory().Open(t.Context(), &CIFAR100Params{Coarse: coarse}, Train, env)
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Classes()[d.Label(0)]; got != want {
			t.Errorf("coarse %v: %s, want %s", coarse, got, want)
		}
	}
}

func TestDamagedCIFAR(t *testing.T) {
	names, rest := member{"fine_label_names.txt", "ant\nbee\n"}, member{"test.bin", ""}
	whole := tarGz(t, names, member{"train.bin", record(0, 0)}, rest)
	for name, check := range map[string]struct {
		content []byte
		want    string
	}{
		"truncated":    {whole[:len(whole)/2], "cifar/train.bin: unexpected EOF"},
		"no archive":   {[]byte("<html>"), "unexpected EOF"},
		"text":         {[]byte("<html><body>moved</body></html>"), "gzip: invalid header"},
		"part of it":   {tarGz(t, names, rest), "train.bin is missing"},
		"short record": {tarGz(t, names, member{"train.bin", "12345"}), "train.bin: 5 bytes, expected a multiple of 3074"},
		"label":        {tarGz(t, names, member{"train.bin", record(0, 7)}), "sample 0 has label 7, expected less than 2"},
	} {
		t.Run(name, func(t *testing.T) {
			env := cachedFile(t, "cifar100", "cifar-100-binary.tar.gz", check.content)
			_, err := cifar100Factory().Open(t.Context(), &CIFAR100Params{}, Train, env)
			want := "dataset cifar100: " + filepath.Join(env.CacheDir, "cifar100", "cifar-100-binary.tar.gz") + " is damaged: " +
				check.want + "; delete it to have it downloaded again"
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// idxOf is an IDX file, not gzipped.
func idxOf(values string, shape ...byte) []byte {
	out := []byte{0, 0, 8, byte(len(shape))}
	for _, n := range shape {
		out = append(out, 0, 0, 0, n)
	}
	return append(out, values...)
}

func TestMNIST(t *testing.T) {
	images, labels := gzipped(t, idxOf("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 2, 2, 3)),
		gzipped(t, idxOf("\x09\x03", 2))
	env := cachedFile(t, "mnist", "t10k-images-idx3-ubyte.gz", images)
	s := serve(t, labels)
	small := digits
	small.files = map[Split][2]remote{Test: {digits.files[Test][0], {"t10k-labels-idx1-ubyte.gz", md5Of(labels)}}}
	d, err := small.open(t.Context(), "mnist", s.URL+"/", Test, env)
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != 2 || d.Label(0) != 9 || d.Classes()[d.Label(1)] != "3" {
		t.Errorf("%d samples, labels %d and %d", d.Len(), d.Label(0), d.Label(1))
	}
	var m Image
	if err := d.Image(1, &m); err != nil {
		t.Fatal(err)
	}
	if m.Width != 3 || m.Height != 2 || !bytes.Equal(m.Pix[:6], []byte{7, 7, 7, 8, 8, 8}) {
		t.Errorf("image %+v", m)
	}
}

func TestDamagedIDX(t *testing.T) {
	whole := gzipped(t, idxOf(strings.Repeat("x", 60), 15, 2, 2))
	for name, check := range map[string]struct {
		content []byte
		want    string
	}{
		"truncated":    {whole[:len(whole)-4], "unexpected EOF"},
		"too few":      {gzipped(t, idxOf("abc", 1, 2, 2)), "3 values, expected an array of [1 2 2]"},
		"no pixels":    {gzipped(t, idxOf("", 1, 0, 2)), "0 values, expected an array of [1 0 2]"},
		"other header": {gzipped(t, idxOf("ab", 2)), "not an IDX file of bytes with 3 dimensions"},
		"empty":        {gzipped(t, nil), "not an IDX file of bytes with 3 dimensions"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.gz")
			if err := os.WriteFile(path, check.content, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := readIDX(path, 3); err == nil || err.Error() != check.want {
				t.Errorf("got %v, want %s", err, check.want)
			}
		})
	}
}
