package tokenizer

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLearnMergesTheMostFrequentPairFirst(t *testing.T) {
	learned := learn(t, 1000, "low low low low low", "lower lower newest newest newest newest newest newest",
		"widest widest widest")
	want := []Merge{
		{"e", "s"}, {"es", "t</w>"}, // 9 each; of equals the first in byte order
		{"l", "o"},                                        // 7
		{"e", "w"}, {"ew", "est</w>"}, {"n", "ewest</w>"}, // 6
		{"lo", "w</w>"},                                         // 5
		{"d", "est</w>"}, {"i", "dest</w>"}, {"w", "idest</w>"}, // 3
		{"e", "r</w>"}, {"lo", "w"}, {"low", "er</w>"}, // 2
	}
	if got := learned.Merges(); !slices.Equal(got, want) {
		t.Errorf("learned %v\nwant %v", got, want)
	}
	if got := learned.Decode(learned.Encode("lowest")); got != "lowest " {
		t.Errorf("decoded %q", got)
	}
	if got := len(learned.Encode("lowest")); got != 2 {
		t.Errorf("lowest has %d tokens, want low and est", got)
	}
}

// TestLearnCountsPairsAsAFreshCountDoes compares the counts that are kept up to
// date with counts made again after each merge.
func TestLearnCountsPairsAsAFreshCountDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[ab]{1,8}( [abc]{1,5}){0,3}`), 1, 8).Draw(t, "texts")
		got, err := Learn(slices.Values(texts), MinVocabulary+20, 8)
		if err != nil {
			t.Fatal(err)
		}
		var words [][]string
		for _, text := range texts {
			for _, word := range split(Clean(text)) {
				words = append(words, wordSymbols(word))
			}
		}
		for i := range 20 {
			counts := map[Merge]int{}
			for _, word := range words {
				for j := range len(word) - 1 {
					counts[Merge{word[j], word[j+1]}]++
				}
			}
			var best Merge
			for pair, count := range counts {
				if count > counts[best] || count == counts[best] &&
					(pair.Left < best.Left || pair.Left == best.Left && pair.Right < best.Right) {
					best = pair
				}
			}
			if counts[best] < 2 {
				if len(got.merges) != i {
					t.Fatalf("%d merges, want %d", len(got.merges), i)
				}
				return
			}
			if got.merges[i] != best {
				t.Fatalf("merge %d is %v, want %v", i, got.merges[i], best)
			}
			for j := range words {
				words[j] = apply(words[j], best)
			}
		}
	})
}

func TestLearnDoesNotDependOnTheOrderOfTexts(t *testing.T) {
	texts := []string{"a red star on a blue background", "a blue ring", "a large red ring on a red background"}
	first := learn(t, 600, texts...)
	slices.Reverse(texts)
	if second := learn(t, 600, texts...); !slices.Equal(first.Merges(), second.Merges()) {
		t.Errorf("merges %v, reversed %v", first.Merges(), second.Merges())
	}
}

func TestLearnStopsAtTheVocabulary(t *testing.T) {
	if got := learn(t, MinVocabulary+3, "banana banana bandana").VocabularySize(); got != MinVocabulary+3 {
		t.Errorf("%d ids, want %d", got, MinVocabulary+3)
	}
}

func TestAnyTextCanBeDecoded(t *testing.T) {
	tokenizer := learn(t, 600, "the theme of the thesis")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		words := strings.Join(split(Clean(text)), " ")
		if got := strings.TrimSuffix(tokenizer.Decode(tokenizer.Encode(text)), " "); got != words &&
			!strings.Contains(words, "<|") {
			t.Fatalf("%q comes back as %q, want %q", text, got, words)
		}
	})
}

func TestTokensKeepToTheContext(t *testing.T) {
	tokenizer := learn(t, 600, "one two three")
	tokenizer.context = 4
	for text, want := range map[string]int{"": 2, "!": 3, "! a": 4, "! a b": 4, "! a b c d e": 4} {
		tokens := tokenizer.Tokens(text)
		if len(tokens) != want || tokens[0] != tokenizer.Start() || tokens[len(tokens)-1] != tokenizer.End() {
			t.Errorf("%q has tokens %v, want %d from %d to %d", text, tokens, want, tokenizer.Start(), tokenizer.End())
		}
	}
}

func TestMergesAreReadBack(t *testing.T) {
	learned := learn(t, 600, "a red star", "a red ring, naïve café", "日本語 日本語")
	var plain, packed bytes.Buffer
	fmt.Fprintln(&plain, header, "0.2")
	for _, merge := range learned.Merges() {
		fmt.Fprintln(&plain, merge.Left, merge.Right)
	}
	zip := gzip.NewWriter(&packed)
	if _, err := zip.Write(plain.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"plain.txt": plain.Bytes(), "packed.txt.gz": packed.Bytes()} {
		read, err := Load(write(t, name, content), 0, 77)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(read.Merges(), learned.Merges()) {
			t.Errorf("%s: merges %v, want %v", name, read.Merges(), learned.Merges())
		}
	}
	cut, err := Load(write(t, "cut.txt", plain.Bytes()), MinVocabulary+2, 77)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(cut.Merges(), learned.Merges()[:2]) {
		t.Errorf("cut to %v", cut.Merges())
	}
}

func TestWhatIsWrongWithMergesIsSaid(t *testing.T) {
	for content, want := range map[string]string{
		"#version: 0.2\nt h\nthe\n":  `line 3: "the" is no merge; expected two symbols with a space between, such as "t h"`,
		"t h e\n":                    `line 1: "t h e" is no merge`,
		"#version: 0.2\n":            "there are no merges in the file",
		"t h\nt h\n":                 `line 2: the merge "t h" is there already, in line 1`,
		"t h\n\x00 e\n":              "line 2: a zero byte",
		`{"model": {"merges": []}}`:  "this is JSON, as of tokenizer.json; take merges.txt",
		"#version: 1\n\nt h\nxy e\n": "line 4: merge 2 (xy e)",
		"t h\nxy e\n":                `merge 2 (xy e): "xy" is neither the symbol of a byte nor made by an earlier merge`,
		"\x1f\x8bnot gzip":           "gzip",
	} {
		path := write(t, "merges.txt", []byte(content))
		if _, err := Load(path, 0, 77); err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), path) {
			t.Errorf("%.20q: error %v, want %q and the path", content, err, want)
		}
	}
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	for range 65 {
		if _, err := zip.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	for want, err := range map[string]error{
		"more than 64 MiB of text":          errOf(Load(write(t, "bomb.gz", bomb.Bytes()), 0, 77)),
		"no such file":                      errOf(Load(filepath.Join(t.TempDir(), "none"), 0, 77)),
		"a vocabulary of 100 ids":           errOf(Learn(slices.Values([]string{"a"}), 100, 77)),
		"the texts are empty":               errOf(Learn(slices.Values([]string{"", " "}), 600, 77)),
		"a context of 1 tokens has no room": errOf(New(nil, 1)),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestCleanRepairsTwiceBrokenTextAndLeavesSoundText(t *testing.T) {
	for text, want := range map[string]string{
		"naÃƒÂ¯ve":              "naïve",        // read wrongly twice
		"itâ€™s":                "it's",         // a curly quote read wrongly
		"CAFÉ” voilà":           "café\" voilà", // could be read either way
		"cafe\u0301":            "café",         // composed
		"ΟΔΥΣΣΕΥΣ":              "οδυσσευς",     // final sigma
		"\x1b[31mred\x1b[0m":    "red",          // a terminal's colors
		"zero\u0000\ufeffwidth": "zerowidth",    // control characters
		"a\u00a0\u3000b":        "a b",          // white space of other scripts
		"R&amp;amp;D &lt;3":     "r&d <3",       // entities
		"\xff":                  "\ufffd",       // no UTF-8
		"Ａ１ｶﾞ":                  "a1\u30ac",     // wide and narrow forms
		"ÃŸ and 日本":             "ãÿ and 日本",    // not Windows-1252 as a whole
	} {
		if got := Clean(text); got != want {
			t.Errorf("%q is cleaned to %+q, want %+q", text, got, want)
		}
	}
}

func FuzzTokens(f *testing.F) {
	tokenizer, err := Learn(slices.Values([]string{"a small red striped star on a green background"}), 600, 16)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a red star")
	f.Add("&lt;b&gt; Ã¼ ﬁ \x1b[0m <|endoftext|>")
	f.Fuzz(func(t *testing.T, text string) {
		tokens := tokenizer.Tokens(text)
		if len(tokens) < 2 || len(tokens) > 16 || slices.Max(tokens) != tokenizer.End() || slices.Min(tokens) < 0 {
			t.Errorf("%q has tokens %v", text, tokens)
		}
	})
}

func BenchmarkTokens(b *testing.B) {
	caption := "a small red striped star on a green background"
	tokenizer, err := Learn(slices.Values([]string{caption}), 600, 77)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		tokenizer.Tokens(caption)
	}
}

func learn(t testing.TB, vocabulary int, texts ...string) *BPE {
	t.Helper()
	tokenizer, err := Learn(slices.Values(texts), vocabulary, 77)
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

func write(t testing.TB, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func errOf[T any](_ T, err error) error { return err }
