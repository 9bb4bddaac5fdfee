package textfile

import (
	"os"
	"path/filepath"
	"testing"
)

// TestAHugeFileIsNoText makes a file with a hole, which takes no space.
func TestAHugeFileIsNoText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.txt")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err == nil || err.Error() != path+" has 1048576 MiB, expected a text of at most 64" {
		t.Errorf("error %v", err)
	}
}

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.txt")
	for content, want := range map[string]string{
		"a\nb":                              "a\nb",
		"a\r\nb\r\n":                        "a\nb\n",
		"a\rb\r":                            "a\nb\n",
		"\ufeffé\n":                         "é\n",
		"\xff\xfea\x00\n\x00\xe9\x00":       "a\né",
		"\xfe\xff\x00a\x00\r\x00\n\x00\xe9": "a\né",
		"":                                  "",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := Read(path); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", content, got, err, want)
		}
	}
	for content, want := range map[string]string{
		"a\nb\x00": path + ", line 2: a zero byte: this is no text",
		"a\r\xe9b": path + `, line 2: not in UTF-8 ("\xe9b"); save the file in that encoding`,
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || err.Error() != want {
			t.Errorf("%q: error %v, want %s", content, err, want)
		}
	}
}
