package tokenizer

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/golden"
)

// mergesEnv names the environment variable with the path of OpenAI's merges
// file. Without it the tests that need the file are skipped.
const mergesEnv = "KONTRAST_CLIP_MERGES"

func TestSmallVocabularyMatchesOpenAI(t *testing.T) {
	file := golden.Load(t, "tokenizer_small")
	var merges []Merge
	for _, line := range file.Merges {
		left, right, _ := strings.Cut(line, " ")
		merges = append(merges, Merge{left, right})
	}
	tokenizer, err := New(merges, 77)
	if err != nil {
		t.Fatal(err)
	}
	if tokenizer.VocabularySize() != 774 || tokenizer.Start() != 772 || tokenizer.End() != 773 {
		t.Errorf("vocabulary of %d, start %d, end %d", tokenizer.VocabularySize(), tokenizer.Start(), tokenizer.End())
	}
	matches(t, tokenizer, file)
}

func TestOpenAIVocabularyMatchesOpenAI(t *testing.T) {
	path := os.Getenv(mergesEnv)
	if path == "" {
		t.Skipf("%s does not name OpenAI's merges file", mergesEnv)
	}
	tokenizer, err := Load(path, OpenAIVocabulary, 77)
	if err != nil {
		t.Fatal(err)
	}
	if tokenizer.VocabularySize() != OpenAIVocabulary || tokenizer.Start() != 49406 || tokenizer.End() != 49407 {
		t.Errorf("vocabulary of %d, start %d, end %d", tokenizer.VocabularySize(), tokenizer.Start(), tokenizer.End())
	}
	matches(t, tokenizer, golden.Load(t, "tokenizer_clip"))
}

func matches(t *testing.T, tokenizer *BPE, file *golden.File) {
	t.Helper()
	for i := range file.Cases {
		c := &file.Cases[i]
		text := golden.Decode[string](t, c.Params, "text")
		if _, found := c.Outputs["raw_ids"]; found {
			ids := tokenizer.Encode(text)
			if want := c.Output(t, "raw_ids").Ints(); !slices.Equal(asInts(ids), want) {
				t.Errorf("%s: %.60q: ids %v, want %v", c.Name, text, ids, want)
			}
			if got, want := tokenizer.Decode(ids), golden.Decode[string](t, c.Outputs, "decoded"); got != want {
				t.Errorf("%s: decoded to %.60q, want %.60q", c.Name, got, want)
			}
		}
		if _, found := c.Outputs["n_tokens"]; found {
			if got, want := len(tokenizer.Encode(text)), golden.Decode[int](t, c.Outputs, "n_tokens"); got != want {
				t.Errorf("%s: %.60q: %d tokens, want %d", c.Name, text, got, want)
			}
		}
		if _, found := c.Outputs["tokens"]; found {
			tokenizer.context = golden.Decode[int](t, c.Params, "context_length")
			got := append(asInts(tokenizer.Tokens(text)), make([]int, tokenizer.context)...)[:tokenizer.context]
			if want := c.Output(t, "tokens").Ints(); !slices.Equal(got, want) {
				t.Errorf("%s: %.60q: tokens %v, want %v", c.Name, text, got, want)
			}
		}
	}
}

// TestTextsAreCleanedAsByOpenAI needs no vocabulary.
func TestTextsAreCleanedAsByOpenAI(t *testing.T) {
	for _, family := range []string{"tokenizer_clip", "tokenizer_small", "tokenizer_repair"} {
		file := golden.Load(t, family)
		for i := range file.Cases {
			c := &file.Cases[i]
			text := golden.Decode[string](t, c.Params, "text")
			if got, want := Clean(text), golden.Decode[string](t, c.Params, "cleaned"); got != want {
				t.Errorf("%s %s: %.60q is cleaned to %+.60q, want %+.60q", family, c.Name, text, got, want)
			}
		}
	}
}

func asInts(ids []int32) []int {
	out := make([]int, len(ids))
	for i, id := range ids {
		out[i] = int(id)
	}
	return out
}
