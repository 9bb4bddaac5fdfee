package data

import (
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// described is a folder of 12 images in two classes with a table and a list of names beside it.
func described(t *testing.T, table, names string) FolderParams {
	t.Helper()
	files := map[string][]byte{"attributes.csv": []byte(table), "names.txt": []byte(names)}
	for i := range 12 {
		files[fmt.Sprintf("images/n0%d/%02d.png", i%2, i)] = pngOf(t, 1, 1, color.Black)
	}
	root := tree(t, files)
	p := FolderParams{Path: filepath.Join(root, "images"), OwnImages: OwnImages{Holdout: Holdout{TestFraction: 0.25}}}
	if table != "" {
		p.Attributes = filepath.Join(root, "attributes.csv")
	}
	if names != "" {
		p.ClassNames = filepath.Join(root, "names.txt")
	}
	return p
}

func TestAttributesOfImages(t *testing.T) {
	rows := func(pathOf func(i int) string, from int) string {
		var b strings.Builder
		b.WriteString("weight,filename,Eyes,smiling,photographer id,unused\n")
		for i := from; i < 12; i++ {
			fmt.Fprintf(&b, "%g,%s,%s,%d,p%d,x\n", 1.5*float64(i), pathOf(i), []string{"green", "blue", ""}[i%3], 2*(i%2)-1, i)
		}
		return b.String()
	}
	for name, pathOf := range map[string]func(i int) string{
		"from the data set": func(i int) string { return fmt.Sprintf("n0%d/%02d.png", i%2, i) },
		"from the table":    func(i int) string { return fmt.Sprintf("./images/n0%d/%02d.png", i%2, i) },
		"name alone":        func(i int) string { return fmt.Sprintf("%02d.png", i) },
		"from Windows":      func(i int) string { return fmt.Sprintf(`n0%d\%02d.png`, i%2, i) },
	} {
		t.Run(name, func(t *testing.T) {
			p := described(t, rows(pathOf, 1), "")
			samples := 0
			for _, split := range []Split{Train, Test} {
				d, err := openFolderWith(p, split)
				if err != nil {
					t.Fatal(err)
				}
				factors, ok := FactorsOf(d)
				if !ok {
					t.Fatal("no factors")
				}
				infos := factors.Factors()
				if len(infos) != 3 || infos[0].Name != "weight" || infos[0].Discrete() ||
					!slices.Equal(infos[1].Values, []string{"blue", "green"}) || !slices.Equal(infos[2].Values, []string{"-1", "1"}) {
					t.Fatalf("factors %+v", infos)
				}
				pictures, origin, _ := Find[*pictures](d)
				for i := range d.Len() {
					number, err := strconv.Atoi(strings.TrimSuffix(pictures.names[origin(i)][4:], ".png"))
					if err != nil {
						t.Fatal(err)
					}
					want := []float64{1.5 * float64(number), []float64{1, 0, math.NaN()}[number%3], float64(number % 2)}
					if number == 0 { // it has no row
						want = []float64{math.NaN(), math.NaN(), math.NaN()}
					}
					for f := range want {
						if got := factors.Factor(i, f); got != want[f] && !(math.IsNaN(got) && math.IsNaN(want[f])) {
							t.Errorf("image %d: %s is %v, want %v", number, infos[f].Name, got, want[f])
						}
					}
					samples++
				}
				if notes := strings.Join(NotesOf(d), "\n"); !strings.Contains(notes, "has no row for 1 of 12 images") ||
					!strings.Contains(notes, `the column "photographer id" has 11 different texts in 11 rows, and is no attribute`) ||
					!strings.Contains(notes, `the column "unused" has a single value, and is no attribute`) {
					t.Errorf("notes %s", notes)
				}
			}
			if samples != 12 {
				t.Errorf("%d samples", samples)
			}
		})
	}
}

func TestAttributesErrors(t *testing.T) {
	for content, want := range map[string]string{
		"photo,color\na.png,red\n":                        "; call it by one of these",
		"image,color\nz.png,red\ny.png,blue\n":            "no row names an image of the data set, such as n00/00.png",
		"image,color\n00.png,red\n00.png,blue\n":          "line 3: 00.png has a row already; an image has one",
		"image,color\n00.png,red\n01.png,red\n":           `no column beside "image" holds attributes`,
		"image,color\n00.png,caf\xe9\n01.png,red\n":       `line 2: the column "color" is not in UTF-8`,
		"image,color,size\n00.png,red\n01.png,red,blue\n": "line 2: 2 fields, but the first line names 3 columns",
	} {
		if _, err := openFolderWith(described(t, content, ""), Train); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestClassNames(t *testing.T) {
	want := []string{"great white shark", "tench, a fish"}
	for _, content := range []string{
		"\ufeffn01\ttench, a fish\r\nn00\tgreat white shark\r\n",
		"# what the folders hold\n\nn00 great white shark\nn01: tench, a fish\n",
		"great white shark\ntench, a fish\n",
		"n00,great white shark\nn01,tench, a fish",
		`["great white shark", "tench, a fish"]`,
		"\xff\xfen\x000\x000\x00 \x00g\x00r\x00e\x00a\x00t\x00 \x00w\x00h\x00i\x00t\x00e\x00 \x00s\x00h\x00a\x00r\x00k\x00\n\x00" +
			"n\x000\x001\x00 \x00t\x00e\x00n\x00c\x00h\x00,\x00 \x00a\x00 \x00f\x00i\x00s\x00h\x00",
	} {
		p := described(t, "", content)
		for _, split := range []Split{Train, Test} {
			d, err := openFolderWith(p, split)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(d.Classes(), want) {
				t.Errorf("%q: classes %q", content, d.Classes())
			}
		}
	}
	for content, want := range map[string]string{
		"shark\n": "names.txt: 1 names for 2 classes; give one a line in the order of the folders, or " +
			"the folder before each",
		"n00 shark\nn02 tench\n":        `names.txt, line 2: "n02 tench" begins with none of the 2 classes`,
		"n00 shark\n\nn00 tench\n":      `names.txt, line 3: the class "n00" has a name already`,
		"1: shark\n2: tench\n":          `names.txt, line 1: "1: shark" begins with its number, and so do the others`,
		"'shark',\n'tench'\n":           `names.txt, line 1: "'shark'," looks like part of a list in a program`,
		"0: 'shark',\n1: 'tench'}":      `names.txt, line 1: "0: 'shark'," looks like part of a list in a program`,
		"{\"n00\": \"shark\",\n\"n01\"": `names.txt, line 1: `,
		"n00 'shark',\nn01 'tench'":     `names.txt, line 1: "n00 'shark'," looks like part of a list in a program`,
		"n00 shark\n":                   `names.txt: no name for the class "n01"`,
		"n00 shark\nn01 shark\n":        `names.txt: the classes "n00" and "n01" have the same name "shark"; tell them apart`,
		"n00 r\xe9quin\nn01 tanche\n":   `names.txt, line 1: not in UTF-8`,
		"n00 shark\nn01 te\x00nch\n":    "names.txt, line 2: a zero byte: this is no text",
	} {
		if _, err := openFolderWith(described(t, "", content), Train); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", content, err, want)
		}
	}
	p := described(t, "", "x")
	if err := os.Remove(p.ClassNames); err != nil {
		t.Fatal(err)
	}
	if _, err := openFolderWith(p, Train); err == nil {
		t.Error("a missing file is no error")
	}
}

func TestAttributesArePartOfWhatDataAre(t *testing.T) {
	fingerprint := func(table string) string {
		t.Helper()
		set, err := openFolderWith(described(t, table, ""), Train)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := Fingerprint(t.Context(), set)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	table := "filename,eyes\n"
	for i := range 12 {
		table += fmt.Sprintf("%02d.png,%s\n", i, []string{"green", "blue"}[i%2])
	}
	known := fingerprint(table)
	if fingerprint(table) != known {
		t.Error("the same attributes in another place are taken for others")
	}
	for _, change := range []string{"", strings.Replace(table, "green", "blue", 4),
		strings.Replace(table, "eyes", "ears", 1), strings.ReplaceAll(table, "blue", "gray")} {
		if fingerprint(change) == known {
			t.Errorf("other attributes are taken for the same:\n%s", change)
		}
	}
}
