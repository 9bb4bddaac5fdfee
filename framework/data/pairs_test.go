package data

import (
	"context"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPairs(t *testing.T) {
	root := tree(t, map[string][]byte{
		"images/a.png": pngOf(t, 1, 1, color.NRGBA{R: 9, A: 255}),
		"train.csv":    []byte("\ufeffimage,source,caption\nimages/a.png,web,\"a dot, red\"\nimages/gone.png,web,nothing\n"),
		"test.tsv":     []byte("caption\timage\nit is 5\" wide\timages/a.png\n"),
	})
	p := *pairsFactory().Defaults().(*PairsParams)
	p.Path, p.Test = filepath.Join(root, "train.csv"), filepath.Join(root, "test.tsv")
	train, err := pairsFactory().Open(context.Background(), &p, Train, Env{})
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 2 || train.Caption(0) != "a dot, red" || train.Label(0) != -1 || train.Classes() != nil {
		t.Errorf("%d samples, caption %q, label %d, classes %v",
			train.Len(), train.Caption(0), train.Label(0), train.Classes())
	}
	if got := pixels(t, train, 0); got[0] != 9 {
		t.Errorf("pixel %v", got)
	}
	if err := train.Image(1, &Image{}); !Skippable(err) || !strings.Contains(err.Error(), "train.csv, line 3: ") ||
		!strings.HasSuffix(err.Error(), "images/gone.png: no such file or directory") {
		t.Errorf("a missing image: %v", err)
	}
	test, err := pairsFactory().Open(context.Background(), &p, Test, Env{})
	if err != nil {
		t.Fatal(err)
	}
	if test.Len() != 1 || test.Caption(0) != `it is 5" wide` {
		t.Errorf("%d samples, caption %q", test.Len(), test.Caption(0))
	}
}

func TestPairsAbsoluteAndOtherRoot(t *testing.T) {
	images := tree(t, map[string][]byte{"a.png": pngOf(t, 2, 1, color.Black), "b.png": pngOf(t, 2, 1, color.Black)})
	table := tree(
		t, map[string][]byte{"t.csv": []byte("path,text\na.png,one\n" + filepath.Join(images, "b.png") + ",two\n")},
	)
	p := PairsParams{Path: filepath.Join(table, "t.csv"), Images: images, ImageColumn: "path", CaptionColumn: "text"}
	p.TestFraction = 0.5
	for _, split := range []Split{Train, Test} {
		d, err := pairsFactory().Open(context.Background(), &p, split, Env{})
		if err != nil {
			t.Fatal(err)
		}
		if d.Len() != 1 || len(pixels(t, d, 0)) != 6 {
			t.Errorf("%s: %d samples", split, d.Len())
		}
	}
}

func TestPairsErrors(t *testing.T) {
	for name, check := range map[string]struct{ content, want string }{
		"empty":  {"", ": the table is empty, expected a first line that names the columns"},
		"blank":  {" \n\n", ": the table is empty, expected a first line that names the columns"},
		"binary": {"image,caption\na.png,x\x00y\n", ", line 2: a zero byte: this is no text"},
		"no column": {
			"photo,text\na.png,dog\n",
			`: no column of images: the first line has ["photo" "text"], and none of ["image" "filepath" "file_path" "path" "file" "filename" "file_name" "image_path" "image_file" "image_name" "img" "img_path"]; name it by image_column`,
		},
		"no rows": {"image,caption\n", ": the table has no rows after the first line"},
		"ragged": {"image,caption\na.png\n",
			", line 2: 1 fields, but the first line names 2 columns; a field that holds the separator must be quoted"},
		"comma": {"image,caption\na.png,one, two\n",
			", line 2: 3 fields, but the first line names 2 columns; a field that holds the separator must be quoted"},
		"no caption": {"image,caption\na.png,\"one,\ntwo\"\nb.png, \n",
			`, line 4: nothing in the column "caption"; every row needs an image and its caption`},
		"open quote": {"image,caption\na.png,\"open\n", ", line 2: a quote that is opened or closed in the middle of a " +
			"field (noticed at line 2, column 13); put quotes around the whole field and write those within it twice"},
		"swallowed row": {"image,caption\na.png,\"Sir\nb.png,a dog\nc.png,a 5 inch\"\n",
			", line 2: a quote opens here that is closed after line 3, which looks like a row of its own; close it, or write " +
				"a quote within a quoted field twice"},
		"latin-1": {"image,caption\na.png,caf\xe9\n",
			`, line 2: the column "caption" is not in UTF-8 ("caf\xe9"); save the table in that encoding`},
		"address": {"image,caption\nhttps://example.org/a.png,dog\n",
			`, line 2: "https://example.org/a.png" is an address on the web, expected a file; download the images first`},
	} {
		t.Run(name, func(t *testing.T) {
			p := *pairsFactory().Defaults().(*PairsParams)
			p.Path = filepath.Join(t.TempDir(), "t.csv")
			p.Test = p.Path
			if err := os.WriteFile(p.Path, []byte(check.content), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := pairsFactory().Open(context.Background(), &p, Train, Env{})
			if want := "dataset pairs: " + p.Path + check.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

func openPairsWith(t *testing.T, name, content string) Dataset {
	t.Helper()
	p := *pairsFactory().Defaults().(*PairsParams)
	p.Path = filepath.Join(tree(t, map[string][]byte{name: []byte(content)}), name)
	p.Test = p.Path
	d, err := pairsFactory().Open(context.Background(), &p, Train, Env{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTables reads the same two rows in the forms that programs write.
func TestTables(t *testing.T) {
	utf16 := func(s string) string {
		out := "\xff\xfe"
		for _, r := range s {
			out += string([]byte{byte(r), byte(r >> 8)})
		}
		return out
	}
	for name, check := range map[string]struct{ file, content, first string }{
		"CSV":              {"t.csv", "image,caption\na.png,\"one, two\"\nb.png,x\n", "one, two"},
		"semicolons":       {"t.csv", "caption;image\none, two;a.png\nx;b.png\n", "one, two"},
		"bars":             {"t.txt", "image| caption\na.png|one, two\nb.png|x\n", "one, two"},
		"old Mac":          {"t.csv", "image,caption\ra.png,\"one, two\"\rb.png,x\r", "one, two"},
		"Windows":          {"t.csv", "image,caption\r\na.png,\"one, two\"\r\nb.png,x\r\n", "one, two"},
		"UTF-16":           {"t.csv", utf16("image,caption\r\na.png,\"one, two\"\r\nb.png,x\r\n"), "one, two"},
		"no end of line":   {"t.csv", "FilePath,Title\na.png,\"one, two\"\nb.png,x", "one, two"},
		"doubled quotes":   {"t.csv", "image,caption\na.png,\"5\"\" wide\"\nb.png,x\n", `5" wide`},
		"several lines":    {"t.csv", "image,caption\na.png,\"one,\ntwo\"\nb.png,x\n", "one,\ntwo"},
		"tabs":             {"t.tsv", "image\tcaption\na.png\tone, two\nb.png\tx\n", "one, two"},
		"tabs in CSV":      {"t.csv", "image\tcaption\na.png\tone, two\nb.png\tx\n", "one, two"},
		"tabs, quoted":     {"t.tsv", "\"image\"\t\"caption\"\n\"a.png\"\t\"a \"\"b\"\"\"\n\"b.png\"\t\"x\"\n", `a "b"`},
		"tabs, quote":      {"t.tsv", "image\tcaption\na.png\t\"Best\" dog\nb.png\tx\n", `"Best" dog`},
		"tabs, open quote": {"t.tsv", "image\tcaption\na.png\t\"Best dog\nb.png\tso wide\"\n", `"Best dog`},
		"tabs, inch":       {"t.tsv", "image\tcaption\na.png\t5\" wide\n\nb.png\t\"\n", `5" wide`},
		"more columns":     {"t.csv", "id,file_name,height,text\n1,a.png,5,\"one, two\"\n2,b.png,6,x\n", "one, two"},
	} {
		t.Run(name, func(t *testing.T) {
			d := openPairsWith(t, check.file, check.content)
			if d.Len() != 2 || d.Caption(0) != check.first {
				t.Errorf("%d rows, the first %q", d.Len(), d.Caption(0))
			}
		})
	}
}

func TestRowsOfOneImage(t *testing.T) {
	var rows strings.Builder
	rows.WriteString("image,caption\n")
	for image := range 12 {
		for caption := range 1 + image%4 {
			fmt.Fprintf(&rows, "%s%d.png,caption %d of %d\n", []string{"", "./", "x/../"}[caption%3], image, caption, image)
		}
	}
	whole := openPairsWith(t, "t.csv", rows.String())
	groups := GroupsOf(whole)
	if len(groups) != 30 || slices.Max(groups) != 11 {
		t.Fatalf("groups %v", groups)
	}
	imageOf := func(d Dataset, i int) string { _, image, _ := strings.Cut(d.Caption(i), " of "); return image }
	for seed := range uint64(20) {
		side := map[string]Split{}
		for _, split := range []Split{Train, Test} {
			d, err := Holdout{TestFraction: 0.3, SplitSeed: seed}.part(whole, split)
			if err != nil {
				t.Fatal(err)
			}
			for i := range d.Len() {
				image := imageOf(d, i)
				if other, seen := side[image]; seen && other != split {
					t.Fatalf("seed %d: image %s is on both sides", seed, image)
				}
				side[image] = split
			}
		}
		if len(side) != 12 {
			t.Errorf("seed %d: %d of 12 images", seed, len(side))
		}
		few, err := Subset{Limit: 9, Seed: seed}.Of(whole)
		if err != nil {
			t.Fatal(err)
		}
		counts, all := map[string]int{}, map[string]int{}
		for i := range few.Len() {
			counts[imageOf(few, i)]++
		}
		for i := range whole.Len() {
			all[imageOf(whole, i)]++
		}
		for image, n := range counts {
			if n != all[image] {
				t.Errorf("seed %d: %d of the %d rows of image %s are selected", seed, n, all[image], image)
			}
		}
		if few.Len() > 9 || few.Len() < 5 {
			t.Errorf("seed %d: %d samples selected, want 5 to 9", seed, few.Len())
		}
	}
	if got := openPairsWith(t, "t.csv", "image,caption\na.png,x\nb.png,y\n"); GroupsOf(got) != nil {
		t.Error("images with one row each are groups")
	}
}

func TestOnePerImage(t *testing.T) {
	d := openPairsWith(t, "t.csv", "image,caption\na.png,one\nb.png,two\n./a.png,three\nc.png,four\nb.png,five\n")
	images, samples := OnePerImage(d)
	if !slices.Equal(samples, []int{0, 1, 3}) || images.Len() != 3 || images.Caption(2) != "four" ||
		GroupsOf(images) != nil {
		t.Errorf("samples %v of %d images, the last %q", samples, images.Len(), images.Caption(2))
	}
	if same, none := OnePerImage(images); same != images || none != nil {
		t.Error("images with a sample each are not left alone")
	}
}
