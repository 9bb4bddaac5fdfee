package data

import (
	"context"
	"image/color"
	"os"
	"path/filepath"
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
		t.Errorf("%d samples, caption %q, label %d, classes %v", train.Len(), train.Caption(0), train.Label(0), train.Classes())
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
	images := tree(t, map[string][]byte{"a.png": pngOf(t, 2, 1, color.Black)})
	table := tree(t, map[string][]byte{"t.csv": []byte("path,text\na.png,one\n" + filepath.Join(images, "a.png") + ",two\n")})
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
		"empty":      {"", ": the table is empty, expected a first line with the columns image and caption"},
		"no column":  {"image,text\n", `: no column "caption"; the first line has ["image" "text"]`},
		"no rows":    {"image,caption\n", ": the table has no rows after the first line"},
		"ragged":     {"image,caption\na.png\n", ": record on line 2: wrong number of fields"},
		"no caption": {"image,caption\na.png,\"one,\ntwo\"\nb.png, \n", `, line 4: nothing in the column "caption"; every row needs an image and its caption`},
		"quote":      {"image,caption\na.png,\"open\n", `: parse error on line 2, column 13: extraneous or missing " in quoted-field`},
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
