package escape

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestLineShowsWhatSteersATerminal(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"naïve 数据 ± 0.5":            "naïve 数据 ± 0.5",
		"red\x1b[31m":               `red\u001b[31m`,
		"one-byte \u009b31m":        `one-byte \u009b31m`,
		"a\nb\tc\rd":                `a\nb\tc\rd`,
		"bell\a null\x00 del\x7f":   `bell\u0007 null\u0000 del\u007f`,
		"safe\u202egpj.exe":         `safe\u202egpj.exe`,
		"\u2066isolated\u2069":      `\u2066isolated\u2069`,
		"no\ufeffwidth":             `no\ufeffwidth`,
		"line\u2028paragraph\u2029": `line\u2028paragraph\u2029`,
		"latin \xe9, cut \xe2\x80":  `latin \xe9, cut \xe2\x80`,
		"tag \U000e0041":            `tag \udb40\udc41`,
		"a replacement \ufffd":      "a replacement \ufffd",
		"می\u200cخواهم 👩\u200d🔬":    "می\u200cخواهم 👩\u200d🔬",
	} {
		if got := Line(text); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
	if got, want := Text("a\n\tb\r\x1b"), "a\n\tb"+`\r\u001b`; got != want {
		t.Errorf("text %q, want %q", got, want)
	}
}

func TestAShellReadsAWordAsItIs(t *testing.T) {
	for text, want := range map[string]string{
		"": "''", "mocov1-mocov2": "mocov1-mocov2", "byol+loss=simclr": "byol+loss=simclr", "two words": "'two words'",
		"it's $HOME": `'it'\''s $HOME'`, "views=[a,b]": "'views=[a,b]'", "a\nb; ls": "'a\nb; ls'",
	} {
		got := ShellWord(text)
		if got != want {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
		read, err := exec.Command("sh", "-c", "printf %s "+got).Output()
		if err != nil || string(read) != text {
			t.Errorf("a shell reads %s as %q, %v", got, read, err)
		}
	}
}

func TestNothingStaysThatSteers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shown := Line(string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) + rapid.String().Draw(t, "text"))
		if !utf8.ValidString(shown) || strings.ContainsFunc(shown, func(r rune) bool {
			return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
		}) {
			t.Fatalf("shown is %q", shown)
		}
	})
}

func TestAWriterGivesWhatTextDoesHoweverItIsDivided(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 50, -1).Draw(t, "text") + "\u202e±\x9b.\n"
		var b strings.Builder
		w := NewWriter(&b)
		for rest := []byte(text); len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			if wrote, err := w.Write(rest[:n]); wrote != n || err != nil {
				t.Fatalf("wrote %d of %d: %v", wrote, n, err)
			}
			rest = rest[n:]
		}
		if got, want := b.String(), Text(text); got != want {
			t.Fatalf("wrote %q, want %q", got, want)
		}
	})
}

func TestEscapedJSONMeansTheSame(t *testing.T) {
	for _, text := range []string{"\u009b\u202e\U000e0041\x7f", "plain"} {
		encoded, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		var got string
		if err := json.Unmarshal([]byte(Text(string(encoded))), &got); err != nil || got != text {
			t.Errorf("%q became %q (%v)", text, got, err)
		}
	}
}
