package transfer

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/random"
	"github.com/kontrast-ml/kontrast/internal/eval"
	"github.com/kontrast-ml/kontrast/internal/golden"
)

// TestZeroShotMatchesOpenCLIP gives the embeddings of the reference's prompts for texts.
func TestZeroShotMatchesOpenCLIP(t *testing.T) {
	for _, c := range golden.Load(t, "eval_clip_zeroshot").Cases {
		t.Run(c.Name, func(t *testing.T) {
			given := c.Input(t, "text_embeddings") // [classes, templates, D]
			classes, templates, dim := given.Shape[0], given.Shape[1], given.Shape[2]
			rows := map[string]int{}
			prompts := Prompts{Name: "reference"}
			names := make([]string, classes)
			for i := range templates {
				prompts.Templates = append(prompts.Templates, strings.Repeat("a ", i)+"{}")
			}
			for i := range names {
				names[i] = "class_" + string(rune('a'+i))
				for j, text := range prompts.Of(names[i]) {
					rows[text] = i*templates + j
				}
			}
			pictures := c.Input(t, "image_features")
			images := eval.Set{Features: eval.Features{Dim: dim, Data: pictures.Float32()}, Labels: c.Input(t, "labels").Ints()}
			result, err := ZeroShot(t.Context(), images, names, prompts, func(texts []string) (eval.Features, error) {
				out := eval.Features{Dim: dim}
				for _, text := range texts {
					row, found := rows[text]
					if !found {
						t.Errorf("no such text %q", text)
					}
					for _, v := range given.Data[row*dim : (row+1)*dim] {
						out.Data = append(out.Data, float32(v))
					}
				}
				return out, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, metric := range []string{"top1", "top5"} {
				got, _ := result.Value(metric)
				if want := golden.Decode[float64](t, c.Outputs, metric); math.Abs(got-want) > 1e-6 {
					t.Errorf("%s is %g, want %g", metric, got, want)
				}
			}
			if got, want := result.Protocol.String(), "zero-shot distance=cosine "+
				"prompts=reference"; !strings.HasPrefix(got, want) {
				t.Errorf("protocol %q, want %q…", got, want)
			}
		})
	}
}

// TestRetrievalMatchesOpenCLIP gives each image a caption of its own.
func TestRetrievalMatchesOpenCLIP(t *testing.T) {
	for _, c := range golden.Load(t, "eval_clip_retrieval").Cases {
		t.Run(c.Name, func(t *testing.T) {
			pictures, texts := c.Input(t, "image"), c.Input(t, "text")
			images := eval.Features{Dim: pictures.Shape[1], Data: pictures.Float32()}
			var captions [][]string
			for i := range pictures.Shape[0] {
				captions = append(captions, []string{strings.Repeat("x", i+1)})
			}
			results, err := Retrieval(t.Context(), images, captions, func([]string) (eval.Features, error) {
				return eval.Features{Dim: texts.Shape[1], Data: texts.Float32()}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for i, direction := range []string{"image_to_text", "text_to_image"} {
				for _, v := range results[i].Values {
					key := direction + "_" + strings.Replace(v.Metric, "recall", "R", 1)
					if want := golden.Decode[float64](t, c.Outputs, key); math.Abs(v.Value-want) > 1e-6 {
						t.Errorf("%s is %g, want %g", key, v.Value, want)
					}
				}
			}
		})
	}
}

func TestRetrievalCountsEqualCaptionsAsOne(t *testing.T) {
	images := eval.Features{Dim: 2, Data: []float32{1, 0, 0, 1, 1, 0.1}}
	results, err := Retrieval(t.Context(), images, [][]string{{"red"}, {"blue"}, {"red"}},
		func(texts []string) (eval.Features, error) {
			if !slices.Equal(texts, []string{"red", "blue"}) {
				t.Errorf("texts %q", texts)
			}
			return eval.Features{Dim: 2, Data: []float32{1, 0.05, 0, 1}}, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	for _, result := range results {
		if recall, _ := result.Value("recall@1"); recall != 1 {
			t.Errorf("%s: %v, want a recall of 1", result.Protocol, result.Values)
		}
	}
}

// TestRetrievalOfSeveralCaptions compares with the definition that CLIP_benchmark
// has: a query counts if any of what belongs to it is among the first k.
func TestRetrievalOfSeveralCaptions(t *testing.T) {
	const images, each, dim = 8, 5, 4
	stream := random.New(3)
	draw := func(n int) eval.Features {
		f := eval.Features{Dim: dim}
		for range n * dim {
			f.Data = append(f.Data, float32(stream.Normal()))
		}
		return f
	}
	pictures, texts := draw(images), draw(images*each)
	captions := make([][]string, images)
	for i := range images * each {
		captions[i/each] = append(captions[i/each], fmt.Sprintf("caption %d", i))
	}
	results, err := Retrieval(t.Context(), pictures, captions, func([]string) (eval.Features, error) { return texts, nil })
	if err != nil {
		t.Fatal(err)
	}
	recall := func(queries, candidates eval.Features, belongs func(q, c int) bool, k int) float64 {
		found := 0
		q, c := queries.Normalized(), candidates.Normalized()
		for i := range q.Len() {
			order := make([]int, c.Len())
			score := make([]float64, c.Len())
			for j := range order {
				order[j] = j
				for d := range dim {
					score[j] += float64(q.Row(i)[d]) * float64(c.Row(j)[d])
				}
			}
			slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[b], score[a]) })
			if slices.ContainsFunc(order[:min(k, len(order))], func(j int) bool { return belongs(i, j) }) {
				found++
			}
		}
		return float64(found) / float64(q.Len())
	}
	for _, k := range []int{1, 5, 10} {
		metric := fmt.Sprintf("recall@%d", k)
		toText, _ := results[0].Value(metric)
		if want := recall(pictures, texts, func(q, c int) bool { return c/each == q }, k); toText != want {
			t.Errorf("image to text, %s: %g, want %g", metric, toText, want)
		}
		toImage, _ := results[1].Value(metric)
		if want := recall(texts, pictures, func(q, c int) bool { return q/each == c }, k); toImage != want {
			t.Errorf("text to image, %s: %g, want %g", metric, toImage, want)
		}
	}
}

func TestEvaluationsPassErrorsOn(t *testing.T) {
	broken := func([]string) (eval.Features, error) { return eval.Features{}, errors.New("out of order") }
	images := eval.Set{Features: eval.Features{Dim: 1, Data: []float32{1}}, Labels: []int{0}}
	retrieval := func(captions ...[]string) error {
		return errOf(Retrieval(t.Context(), images.Features, captions, broken))
	}
	two := func([]string) (eval.Features, error) { return eval.Features{Dim: 1, Data: []float32{1, 2}}, nil }
	for want, err := range map[string]error{
		"zero-shot classification: out of order": errOf(
			ZeroShot(t.Context(), images, []string{"a"}, Prompts{Templates: []string{"{}"}}, broken),
		),
		"0 classes and 1 prompts": errOf(
			ZeroShot(t.Context(), images, nil, Prompts{Templates: []string{"{}"}}, broken),
		),
		"retrieval: out of order":                       retrieval([]string{"a"}),
		"retrieval: there are images without a caption": retrieval([]string{"a", ""}),
		"retrieval: captions of 0 images for 1 images":  retrieval(),
		"2 embeddings of 1 prompts; there must be one of each": errOf(
			ZeroShot(t.Context(), images, []string{"a"}, Prompts{Templates: []string{"{}"}}, two),
		),
		"no prompts to make captions of":                      errOf(Captioned(plain{}, Prompts{})),
		"neither captions nor names of classes":               errOf(Captioned(plain{unnamed: true}, builtin[0])),
		"sample 3 of the data set has neither a caption nor ": errOf(Captioned(plain{unlabeled: 3}, builtin[0])),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// plain is a data set without captions.
type plain struct {
	data.Dataset
	unnamed   bool
	unlabeled int
}

func (plain) Len() int           { return 200 }
func (plain) Caption(int) string { return "" }
func (p plain) Classes() []string {
	if p.unnamed {
		return nil
	}
	return []string{"golden_retriever", "ship"}
}
func (p plain) Label(i int) int {
	if i > 0 && i == p.unlabeled {
		return -1
	}
	return i % 2
}

func TestCaptionsAreMadeOfClassNames(t *testing.T) {
	prompts := Prompts{Templates: []string{"a {}", "the {} and the {}", "one {}"}}
	dataset, err := Captioned(plain{}, prompts)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Captioned(plain{}, prompts)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	i := 0
	for caption := range Captions(dataset) {
		counts[caption]++
		class := []string{"golden retriever", "ship"}[i%2]
		if !strings.Contains(caption, class) || caption != again.Caption(i) {
			t.Errorf("caption %d is %q, then %q; the class is %s", i, caption, again.Caption(i), class)
		}
		i++
	}
	if want := []string{"a golden retriever", "a ship", "one golden retriever", "one ship",
		"the golden retriever and the golden " +
			"retriever", "the ship and the ship"}; !slices.Equal(slices.Sorted(maps.Keys(counts)), want) {
		t.Errorf("captions %v, want %q", counts, want)
	}
	own := data.NewShapes(data.ShapesParams{Train: 10, Test: 1, Size: 16}, data.Train)
	if kept, err := Captioned(own, prompts); err != nil || kept != data.Dataset(own) || !HasCaptions(own) {
		t.Errorf("a data set with captions became %v, error %v", kept, err)
	}
}

func TestPromptsOfADataSet(t *testing.T) {
	for _, test := range []struct {
		settings PromptSettings
		dataset  string
		want     string
	}{
		{PromptSettings{Templates: "auto"}, "shapes", "shapes"},
		{PromptSettings{Templates: "auto"}, "cifar10", "images"},
		{PromptSettings{Templates: "images"}, "shapes", "images"},
		{PromptSettings{Templates: "auto", File: file(t, "# mine\n\n my {} \n{}s\n")}, "shapes", "prompts.txt"},
	} {
		prompts, err := test.settings.Prompts(test.dataset)
		if err != nil {
			t.Fatal(err)
		}
		if name, digest, _ := strings.Cut(prompts.Name, "@"); name != test.want || len(digest) != 0 && len(digest) != 8 {
			t.Errorf("%+v for %s: %s, want %s", test.settings, test.dataset, prompts.Name, test.want)
		}
		if test.want == "prompts.txt" && !slices.Equal(prompts.Of("light_house"),
			[]string{"my light house", "light houses"}) {
			t.Errorf("texts %q", prompts.Of("light_house"))
		}
	}
	for _, form := range []string{"\ufeffa {}\r\nthe \"{}\"\r\n", "a {}\rthe \"{}\"", `["a {}", "the \"{}\""]`} {
		if prompts, err := LoadPrompts(file(t, form)); err != nil ||
			!slices.Equal(prompts.Templates, []string{"a {}", `the "{}"`}) {
			t.Errorf("%q: %q, %v", form, prompts.Templates, err)
		}
	}
	first, err := LoadPrompts(file(t, "a {}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if second, err := LoadPrompts(file(t, "the {}\n")); err != nil || second.Name == first.Name {
		t.Errorf("files of other templates are both called %s, error %v: their numbers would count as comparable",
			first.Name, err)
	}
	for want, err := range map[string]error{
		`unknown prompt list "image"; did you mean "images"? known prompt lists: shapes, counting, textures, digits, clothes, images, auto`: errOf(
			PromptSettings{Templates: "image"}.Prompts("shapes"),
		),
		`line 2: "no place" has no {} in the place of the class`: errOf(
			LoadPrompts(file(t, "a {}\nno place\n")),
		),
		`line 2: "a photo of {c}." has no {} in the place of the class's name; write it instead of {c}`: errOf(
			LoadPrompts(file(t, "a {}\na photo of {c}.\n")),
		),
		`line 1: "a photo of %s" has no {} in the place of the class's name; write it instead of %s`: errOf(
			LoadPrompts(file(t, "a photo of %s\n")),
		),
		`line 1: "'a photo of a {}.'," looks like part of a list in a program; write the text alone`: errOf(
			LoadPrompts(file(t, "'a photo of a {}.',\n'a {}.'\n")),
		),
		`line 2: "lambda c: f'a {c}.'," looks like part of a list in a program`: errOf(
			LoadPrompts(file(t, "a {}\nlambda c: f'a {c}.',\n")),
		),
		`line 4: "a {}" is there already, in line 1`: errOf(LoadPrompts(file(t, "a {}\nthe {}\n\n  a {}\n"))),
		`line 2: not in UTF-8 ("caf\xe9 {}")`:        errOf(LoadPrompts(file(t, "a {}\ncaf\xe9 {}\n"))),
		`line 2: "no place" has no {}`:               errOf(LoadPrompts(file(t, "[\"a {}\", \"no place\"]"))),
		"there are none in the file":                 errOf(LoadPrompts(file(t, "# a {}\n"))),
		"no such file":                               errOf(LoadPrompts("none/such")),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestBuiltinPromptsHaveAPlaceForTheClass(t *testing.T) {
	words := map[string]bool{}
	for _, word := range slices.Concat(data.ColorNames, data.TextureNames, data.SizeNames,
		strings.Fields("a on background {}")) {
		words[word] = true
	}
	for _, prompts := range builtin {
		seen := map[string]bool{}
		for _, template := range prompts.Templates {
			if !strings.Contains(template, placeholder) || seen[template] {
				t.Errorf("%s: %q has no place for the class, or is there twice", prompts.Name, template)
			}
			seen[template] = true
			for _, word := range strings.Fields(template) {
				if prompts.Name == "shapes" && !words[word] {
					t.Errorf("%q: no caption of shapes has the word %q", template, word)
				}
			}
		}
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "prompts.txt")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func errOf[T any](_ T, err error) error { return err }
