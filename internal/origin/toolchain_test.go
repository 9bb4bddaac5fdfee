package origin

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVersionsAreOrdered(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"1.9", "1.26.5", true}, {"1.26.5", "1.26.5", false}, {"1.26.8", "1.26.5", false}, {"1.27", "1.26.5", false},
		{"1.26", "1.26.5", true}, {"1.26rc1", "1.26.5", true}, {"devel +abc", "1.26.5", false}, {"2.0", "1.26.5", false},
	} {
		if got := older(test.a, test.b); got != test.want {
			t.Errorf("%s is older than %s: %v", test.a, test.b, got)
		}
	}
}

// TestAToolchainThatCannotDoItIsNamed puts programs named go on the PATH.
func TestAToolchainThatCannotDoItIsNamed(t *testing.T) {
	for _, test := range []struct{ name, prints, want, hint string }{
		{"none", "", "there is no Go toolchain on the PATH", "install Go"},
		{"old", `go1.22.1\nlocal\n1\nsh\n`, "the Go toolchain on the PATH is 1.22.1, and this needs 1.26.5 or later",
			"newer Go"},
		{"old but fetching", `go1.22.1\nauto\n1\nsh\n`, "", ""},
		{"no compiler", `go1.26.5\nlocal\n1\nnothing-of-the-kind\n`, "nothing-of-the-kind is not on the PATH", "install gcc"},
		{"no cgo", `go1.26.5\nlocal\n0\nsh\n`, "CGO_ENABLED is 0", "install gcc"},
		{"strange", `hello\n`, "not the 4 lines", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			folder := t.TempDir()
			if test.prints != "" {
				script := "#!/bin/sh\nprintf '" + test.prints + "'\n"
				if err := os.WriteFile(filepath.Join(folder, "go"), []byte(script), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink("/bin/sh", filepath.Join(folder, "sh")); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("PATH", folder)
			err := Toolchain(t.Context(), "1.26.5", true)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want one that says %q", err, test.want)
			}
			var toolchain *ToolchainError
			if test.hint != "" && (!errors.As(err, &toolchain) || !strings.Contains(toolchain.Hint(), test.hint)) {
				t.Errorf("error %v advises nothing of %q", err, test.hint)
			}
		})
	}
}
