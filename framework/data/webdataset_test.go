package data

import (
	"archive/tar"
	"bytes"
	"context"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inShard is a file of a shard.
type inShard struct {
	name    string
	content []byte
}

// shardWith writes a shard, in the order given.
func shardWith(t testing.TB, path string, members ...inShard) {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, m := range members {
		header := &tar.Header{Name: m.name, Typeflag: tar.TypeReg, Size: int64(len(m.content)), Mode: 0o644}
		if err := w.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// text is a file of a shard that holds a text.
func text(name, content string) inShard { return inShard{name, []byte(content)} }

func openShards(p WebDatasetParams, split Split, env Env) (Dataset, error) {
	return webDatasetFactory().Open(context.Background(), &p, split, env)
}

// shardsOfColors writes two shards of three training images and one of two test images.
func shardsOfColors(t testing.TB) string {
	t.Helper()
	root := t.TempDir()
	red, green, blue := pngOf(t, 3, 2, color.NRGBA{R: 255, A: 255}), pngOf(t, 2, 2, color.NRGBA{G: 255, A: 255}),
		pngOf(t, 1, 4, color.NRGBA{B: 255, A: 255})
	shardWith(t, filepath.Join(root, "set-train-00.tar"),
		inShard{"x/b.png", red}, text("x/b.cls", "11\n"), text("x/b.txt", "a red one"),
		text("x/a.cls", "2"), inShard{"x/a.seg.png", red}, inShard{"x/a.PNG", blue}, text("x/a.json", `{"caption": "a blue one"}`))
	shardWith(t, filepath.Join(root, "set-train-01.tar"),
		inShard{"b.png", green}, text("b.json", `{"label": 0, "caption": null}`))
	shardWith(t, filepath.Join(root, "set-validation-0.tar"),
		inShard{"1.png", green}, text("1.cls", "0"), inShard{"2.png", blue}, text("2.cls", "2"))
	return root
}

func TestShardsAreReadAsTheyAre(t *testing.T) {
	root, cache := shardsOfColors(t), t.TempDir()
	type sample struct {
		Label, Width, Height int
		Caption              string
		Pixel                [3]uint8
	}
	read := func(d Dataset) (all []sample) {
		var m Image
		for i := range d.Len() {
			if err := d.Image(i, &m); err != nil {
				t.Fatal(err)
			}
			all = append(all, sample{d.Label(i), m.Width, m.Height, d.Caption(i), [3]uint8(m.Pix)})
		}
		return all
	}
	want := map[Split][]sample{
		Train: {{11, 3, 2, "a red one", [3]uint8{255, 0, 0}}, {2, 1, 4, "a blue one", [3]uint8{0, 0, 255}},
			{0, 2, 2, "", [3]uint8{0, 255, 0}}},
		Test: {{0, 2, 2, "", [3]uint8{0, 255, 0}}, {2, 1, 4, "", [3]uint8{0, 0, 255}}},
	}
	apart := WebDatasetParams{
		Path: filepath.Join(root, "set-train-{00..01}.tar"), Test: filepath.Join(root, "set-val*.tar"),
	}
	for _, p := range []WebDatasetParams{{Path: root}, apart} {
		for range 2 { // the second time from the kept index
			for split, samples := range want {
				d, err := openShards(p, split, Env{CacheDir: cache, indexAll: true})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(samples, read(d)); diff != "" {
					t.Errorf("%s, %s: %s", p.Path, split, diff)
				}
				if len(d.Classes()) != 12 || d.Classes()[11] != "11" {
					t.Errorf("classes %q", d.Classes())
				}
			}
		}
	}
	// What is told of the samples does not depend on where they lie.
	var prints []string
	for _, at := range []string{root, filepath.Join(t.TempDir(), "moved")} {
		if at != root {
			if err := os.CopyFS(at, os.DirFS(root)); err != nil {
				t.Fatal(err)
			}
		}
		d, err := openShards(WebDatasetParams{Path: at}, Train, Env{})
		if err != nil {
			t.Fatal(err)
		}
		fingerprint, err := Fingerprint(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		prints = append(prints, fingerprint)
	}
	if prints[0] != prints[1] {
		t.Errorf("moved shards have another fingerprint")
	}
}

func TestAKeptIndexIsThatOfTheShardAsItIs(t *testing.T) {
	root, cache := t.TempDir(), t.TempDir()
	shard := filepath.Join(root, "a.tar")
	red := pngOf(t, 3, 2, color.NRGBA{R: 255, A: 255})
	open := func() Dataset {
		t.Helper()
		p := WebDatasetParams{Path: shard, Test: shard}
		d, err := openShards(p, Train, Env{CacheDir: cache, indexAll: true})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	shardWith(t, shard, inShard{"a.png", red}, text("a.cls", "cat"))
	if got := open().Classes(); !slices.Equal(got, []string{"cat"}) {
		t.Fatalf("classes %q", got)
	}
	kept, err := filepath.Glob(filepath.Join(cache, "indices", "*.gob"))
	if err != nil || len(kept) != 1 {
		t.Fatalf("kept: %v, %v", kept, err)
	}
	shardWith(t, shard, inShard{"a.png", red}, text("a.cls", "dog"), inShard{"b.png", red}, text("b.cls", "eel"))
	if got := open().Classes(); !slices.Equal(got, []string{"dog", "eel"}) {
		t.Errorf("classes %q of the changed shard", got)
	}
	if err := os.WriteFile(kept[0], []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := open().Len(); got != 2 {
		t.Errorf("%d samples beside a damaged index", got)
	}
}

func TestWhatShardsLackIsNamed(t *testing.T) {
	red := pngOf(t, 3, 2, color.NRGBA{R: 255, A: 255})
	good := []inShard{{"a.png", red}, text("a.cls", "0")}
	for name, c := range map[string]struct {
		members []inShard
		change  func(*WebDatasetParams)
		want    string
	}{
		"twice":     {append(good, text("a.cls", "1")), nil, "s.tar: a.cls: it comes twice in one sample"},
		"bad json":  {[]inShard{{"a.png", red}, text("a.json", "{")}, nil, "s.tar: a: .json is no object in JSON"},
		"a list":    {[]inShard{{"a.png", red}, text("a.json", `{"label": [1]}`)}, nil, `s.tar: a: .json: "label" is [1], expected a text`},
		"not text":  {[]inShard{{"a.png", red}, text("a.cls", "\xff\xfe1")}, nil, "s.tar: a.cls: not in UTF-8"},
		"no images": {[]inShard{text("a.cls", "0")}, nil, "no images in the shards"},
		"no label": {good, func(p *WebDatasetParams) { p.Label = "json.class" },
			"s.tar: no sample has the label .json.class"},
		"no test": {good, func(p *WebDatasetParams) { p.Test = "" }, "test: must be given, or else test_fraction"},
		"no file": {good, func(p *WebDatasetParams) { p.Path = "nowhere-{0..3}.tar" }, ".tar: no such file"},
		"braces":  {good, func(p *WebDatasetParams) { p.Path = "a-{3..1}.tar" }, "{3..1}: expected numbers, the smaller first"},
		"large":   {[]inShard{{"a.png", red}, text("a.cls", "99999999")}, nil, "a label of 99999999: expected less than"},
	} {
		t.Run(name, func(t *testing.T) {
			shard := filepath.Join(t.TempDir(), "s.tar")
			shardWith(t, shard, c.members...)
			p := WebDatasetParams{Path: shard, Test: shard}
			if c.change != nil {
				c.change(&p)
			}
			if _, err := openShards(p, Train, Env{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want … %s …", err, c.want)
			}
		})
	}
	shard := filepath.Join(t.TempDir(), "s.tar")
	shardWith(t, shard, good...)
	whole, err := os.ReadFile(shard)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(shard, whole[:512+len(red)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openShards(WebDatasetParams{Path: shard, Test: shard}, Train, Env{}); err == nil ||
		!strings.Contains(err.Error(), "s.tar: the shard ends within a.png; get it again") {
		t.Errorf("a torn shard: %v", err)
	}
}

func TestWhatIsLeftOutOfShards(t *testing.T) {
	root := t.TempDir()
	red := pngOf(t, 3, 2, color.NRGBA{R: 255, A: 255})
	shardWith(t, filepath.Join(root, "0.tar"),
		inShard{"a.png", red}, text("a.cls", "cat"), inShard{"b.png", red}, text("b.txt", "no label"),
		text("c.cls", "cat"), inShard{"c.heic", red}, inShard{"d.png", red[:20]}, text("d.cls", "cat"))
	test := filepath.Join(t.TempDir(), "t.tar")
	shardWith(t, test, inShard{"a.png", red}, text("a.cls", "dog"))
	d, err := openShards(WebDatasetParams{Path: root, Test: test}, Train, Env{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range OmissionsOf(d) {
		got = append(got, strings.TrimPrefix(o.Path, root)+": "+o.Reason)
	}
	want := []string{
		"/0.tar: b.png: no label, which other samples have: .cls or .json.label or .json.cls",
		"/0.tar: c: no JPEG, PNG, WebP, BMP, TIFF, GIF or PPM file in the sample, which has .cls, .heic",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := d.Image(1, &Image{}); !Skippable(err) ||
		!strings.HasPrefix(err.Error(), "sample 1: "+filepath.Join(root, "0.tar")+": d.png: ") {
		t.Errorf("a broken image: %v", err)
	}
	if _, err := openShards(WebDatasetParams{Path: root, Test: test}, Test, Env{}); err == nil ||
		!strings.Contains(err.Error(), `t.tar: a.png: a label "dog" that is not among the 1 of the training split`) {
		t.Errorf("a foreign label: %v", err)
	}
	p := WebDatasetParams{Path: root, Test: root, OwnImages: OwnImages{Reading: Reading{Strict: true}}}
	if _, err := openShards(p, Train, Env{}); err == nil || !strings.Contains(err.Error(), "which strict forbids") {
		t.Errorf("strict: %v", err)
	}
	if _, err := openFolderWith(FolderParams{Path: root, Test: root}, Train); err == nil ||
		!strings.Contains(err.Error(), "which the data set webdataset reads") {
		t.Errorf("as a folder: %v", err)
	}
}

func TestShardsArePackedByTheirLabels(t *testing.T) {
	path, packed := packOf(t, PackOptions{}, shardsOfColors(t))
	if packed.Images != 5 {
		t.Errorf("%+v", packed)
	}
	var got []string
	for _, split := range []Split{Train, Test} {
		d, err := openFolderWith(FolderParams{Path: path}, split)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Len() {
			name, _ := d.(*pictures).Identity(i)
			got = append(got, fmt.Sprint(split, " ", d.Classes()[d.Label(i)], " ", name))
		}
	}
	want := []string{
		"train 00 00/set-train-01.tar-b.png", "train 02 02/set-train-00.tar-x-a.PNG",
		"train 11 11/set-train-00.tar-x-b.png",
		"test 00 00/set-validation-0.tar-1.png", "test 02 02/set-validation-0.tar-2.png",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
