package origin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// ToolchainError says why there is no Go toolchain that can make a program.
type ToolchainError struct{ what, hint string }

func (e *ToolchainError) Error() string { return e.what }

// Hint says what to install.
func (e *ToolchainError) Hint() string { return e.hint }

// Toolchain checks that there is a Go toolchain of a version or later, or one
// that may fetch such a version. With compiler it asks for a C compiler too,
// which SQLite needs. The error is a [*ToolchainError].
func Toolchain(ctx context.Context, version string, compiler bool) error {
	if _, err := exec.LookPath("go"); err != nil {
		return &ToolchainError{"there is no Go toolchain on the PATH, which makes programs of modules",
			"install Go: https://go.dev/dl"}
	}
	command := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOTOOLCHAIN", "CGO_ENABLED", "CC")
	command.Dir = os.TempDir() // not of the module that happens to be here
	var problems bytes.Buffer
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("go env: %w: %s", err, bytes.TrimSpace(problems.Bytes()))
	}
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	if len(lines) != 4 {
		return fmt.Errorf("go env prints %q, not the 4 lines that it was asked for", out)
	}
	have, fetching, cgo, cc := strings.TrimPrefix(lines[0], "go"), lines[1], lines[2], lines[3]
	fixed := fetching == "local" || strings.HasPrefix(fetching, "go") && !strings.Contains(fetching, "+auto")
	if older(have, version) && fixed {
		return &ToolchainError{
			fmt.Sprintf("the Go toolchain on the PATH is %s, and this needs %s or later", have, version),
			"install a newer Go: https://go.dev/dl, or let it fetch one: GOTOOLCHAIN=auto",
		}
	}
	if compiler && (cgo != "1" || notFound(cc)) {
		return &ToolchainError{
			"there is no C compiler, which the program needs for SQLite: " + cmp.Or(missing(cgo), cc+" is not on the PATH"),
			"install gcc or clang",
		}
	}
	return nil
}

func missing(cgo string) string {
	if cgo != "1" {
		return "CGO_ENABLED is " + cmp.Or(cgo, "empty")
	}
	return ""
}

func notFound(cc string) bool {
	program, _, _ := strings.Cut(cc, " ")
	_, err := exec.LookPath(program)
	return err != nil && !errors.Is(err, exec.ErrDot)
}

// older reports whether a version of Go comes before another: 1.9 before 1.26.5.
// A development version is older than none.
func older(a, b string) bool {
	one, other := numbers(a), numbers(b)
	for i, n := range one {
		if i >= len(other) {
			return false
		}
		if n != other[i] {
			return n < other[i]
		}
	}
	return len(one) > 0 && len(one) < len(other)
}

// numbers are those of a version up to what is none: 1, 26 of 1.26rc1; none of devel.
func numbers(version string) []int {
	var all []int
	for _, part := range strings.Split(version, ".") {
		end := strings.IndexFunc(part, func(r rune) bool { return r < '0' || r > '9' })
		if end >= 0 {
			part = part[:end]
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			break
		}
		all = append(all, n)
		if end >= 0 {
			break
		}
	}
	return all
}
