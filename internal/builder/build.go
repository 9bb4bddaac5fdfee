package builder

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"

	"github.com/kontrast-ml/kontrast/framework/provenance"
	"github.com/kontrast-ml/kontrast/internal/origin"
)

// Order is a program to be made.
type Order struct {
	Plugins []With
	Origin  origin.Origin // where its kontrast comes from
	Output  string        // path of the program
	Keep    string        // folder that the program's module is left in; empty for none. It must be new or empty
	Log     func(string)  // told what is being done
}

// Version is what a program says of itself by `kontrast version --json`.
type Version struct {
	Version   string   `json:"version"` // of kontrast
	Commit    string   `json:"commit"`  // of its source; empty if unknown
	Go        string   `json:"go"`
	Interface int      `json:"interface"` // version of the author's interface
	Plugins   []Plugin `json:"plugins"`
}

// Plugin is a module that a program was built with, and what it adds.
type Plugin struct {
	Module    string   `json:"module"`
	Version   string   `json:"version"`
	Methods   []string `json:"methods,omitempty"`
	Backbones []string `json:"backbones,omitempty"`
	Datasets  []string `json:"datasets,omitempty"`
}

// String says it in a line.
func (p Plugin) String() string {
	var gives []string
	for _, of := range []struct {
		kind  string
		names []string
	}{{"method", p.Methods}, {"backbone", p.Backbones}, {"dataset", p.Datasets}} {
		switch len(of.names) {
		case 0:
		case 1:
			gives = append(gives, of.kind+" "+of.names[0])
		default:
			gives = append(gives, of.kind+"s "+strings.Join(of.names, ", "))
		}
	}
	return fmt.Sprintf("%s %s: %s", p.Module, p.Version, strings.Join(gives, "; "))
}

// Build makes the program and returns what it says of itself. An error of a
// plugin is a [*PluginError]. Nothing is left behind that does not work.
func Build(ctx context.Context, order Order) (Version, error) {
	var version Version
	if err := checkTargets(order); err != nil {
		return version, err
	}
	folder, err := os.MkdirTemp("", "kontrast-build-")
	if err != nil {
		return version, err
	}
	defer os.RemoveAll(folder)
	b := &build{Order: order, folder: folder, program: filepath.Join(folder, "bin", "kontrast")}
	if err := writeModule(folder, order.Origin, order.Plugins); err != nil {
		return version, err
	}
	b.Log("finding modules")
	if err := b.get(ctx); err != nil {
		return version, err
	}
	found, err := b.list(ctx)
	if err != nil {
		return version, err
	}
	b.Log("compiling")
	if err := b.compile(ctx, found); err != nil {
		return version, err
	}
	if version, err = b.ask(ctx); err != nil {
		return version, err
	}
	return version, b.deliver()
}

// build is a program being made.
type build struct {
	Order
	folder  string // of its module
	program string // what is compiled
}

// checkTargets reports paths that can't be written to, before minutes are spent.
func checkTargets(order Order) error {
	if info, err := os.Stat(order.Output); err == nil && info.IsDir() {
		return fmt.Errorf("%s is a folder: name the program's file", order.Output)
	}
	if info, err := os.Stat(filepath.Dir(order.Output)); err != nil || !info.IsDir() {
		return fmt.Errorf("%s: there is no folder %s", order.Output, filepath.Dir(order.Output))
	}
	if entries, err := os.ReadDir(order.Keep); order.Keep != "" && err == nil && len(entries) > 0 {
		return fmt.Errorf("folder %s is not empty: nothing is written over", order.Keep)
	}
	return nil
}

// run runs a command of the Go toolchain in the module.
func (b *build) run(ctx context.Context, args ...string) ([]byte, error) {
	var out, problems strings.Builder
	command := exec.CommandContext(ctx, "go", args...)
	command.Dir, command.Stdout, command.Stderr = b.folder, &out, &problems
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS="+strings.TrimSpace(os.Getenv("GOFLAGS")+" -mod=mod"))
	err := command.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return []byte(out.String()), b.explain(args[0], strings.TrimSpace(problems.String()))
	}
	return []byte(out.String()), nil
}

// get fetches the modules of plugins that are published.
func (b *build) get(ctx context.Context) error {
	var wanted []string
	for _, plugin := range b.Plugins {
		switch {
		case plugin.Folder != "":
		case plugin.Version == "":
			wanted = append(wanted, plugin.Package+"@latest")
		default:
			wanted = append(wanted, plugin.Package+"@"+plugin.Version)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	_, err := b.run(ctx, append([]string{"get"}, wanted...)...)
	return err
}

// compile makes the program, which knows the digests of the folders that it is of.
func (b *build) compile(ctx context.Context, digests map[string]string) error {
	if err := os.MkdirAll(filepath.Dir(b.program), 0o755); err != nil {
		return err
	}
	var folders []string
	for module, digest := range digests {
		folders = append(folders, module+"="+digest)
	}
	_, err := b.run(ctx, "build", "-ldflags", fmt.Sprintf("-X '%s=%s'", provenance.Symbol, strings.Join(folders, " ")),
		"-o", b.program, ".")
	return err
}

// ask runs the program: it refuses names that two plugins have, and plugins for another interface.
func (b *build) ask(ctx context.Context) (Version, error) {
	var version Version
	var problems strings.Builder
	command := exec.CommandContext(ctx, b.program, "version", "--json")
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		message, hint, _ := strings.Cut(strings.TrimSpace(problems.String()), "\n  hint: ")
		if hint == "" {
			hint = "leave a plugin out, or take another version of it"
		}
		return version, &PluginError{What: strings.ReplaceAll(message, "kontrast: ", ""), Advice: hint}
	}
	if err := json.Unmarshal(out, &version); err != nil {
		return version, fmt.Errorf(
			"the program that was made says nothing of its plugins: %w; is its kontrast older than v0.1?", err,
		)
	}
	return version, nil
}

// deliver puts the program and its module where they are wanted.
func (b *build) deliver() error {
	if b.Keep != "" {
		if err := os.MkdirAll(b.Keep, 0o755); err != nil {
			return err
		}
		for _, name := range []string{"main.go", "go.mod", "go.sum"} {
			if err := copyFile(filepath.Join(b.folder, name), filepath.Join(b.Keep, name)); err != nil {
				return err
			}
		}
	}
	program, err := os.Open(b.program)
	if err != nil {
		return err
	}
	defer program.Close()
	out, err := renameio.NewPendingFile(b.Output, renameio.WithPermissions(0o755)) // what is there is replaced at once
	if err != nil {
		return err
	}
	defer func() { _ = out.Cleanup() }()
	if _, err := io.Copy(out, program); err != nil {
		return err
	}
	return out.CloseAtomicallyReplace()
}

func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, content, 0o644)
}
