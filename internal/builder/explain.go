package builder

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/provenance"
)

// signature is what a plugin exports.
const signature = "func Extensions() kontrast.Extensions"

// advice is where the convention is described.
const advice = "docs/methods/authoring.md says how a plugin is written; kontrast method new writes one"

// PluginError says why a plugin can't be part of the program.
type PluginError struct {
	Plugin string // that was asked for; empty where What names it
	What   string
	Advice string // what to do; empty for nothing in particular
}

// Error names the plugin.
func (e *PluginError) Error() string {
	if e.Plugin == "" {
		return e.What
	}
	return "plugin " + e.Plugin + ": " + e.What
}

// Hint says what to do.
func (e *PluginError) Hint() string {
	if e.Advice == "" {
		return advice
	}
	return e.Advice
}

// longest is how much of the toolchain's messages is shown.
const longest = 20

var (
	missing   = regexp.MustCompile(`undefined: plugin(\d+)\.Extensions`)
	wrongType = regexp.MustCompile(`(?:cannot use|invalid operation: cannot call( non-function)?) plugin(\d+)\.Extensions`)
	notFound  = regexp.MustCompile(
		`(?m)dial tcp|no such host|connection refused|i/o timeout|module lookup disabled|not found: |unknown revision|invalid version|reading \w+://|unrecognized import path`,
	)
)

// explain makes an error of what a command of the Go toolchain says.
func (b *build) explain(command, said string) error {
	if at := missing.FindStringSubmatch(said); at != nil {
		return &PluginError{Plugin: b.numbered(at[1]), What: "its package has no " + signature}
	}
	if at := wrongType.FindStringSubmatch(said); at != nil {
		return &PluginError{Plugin: b.numbered(at[2]), What: "its Extensions is not " + signature + ":\n" + inShort(said)}
	}
	if changes := changesNamed(said); len(changes) > 0 {
		var lines strings.Builder
		for _, change := range changes {
			fmt.Fprintf(&lines, "\n  version %d: %s: %s", change.Version, change.What, change.Do)
		}
		return &PluginError{
			What: fmt.Sprintf("a plugin was written for an older author's interface than version %d, which this kontrast has; "+
				"what changed of what it uses:%s\nThe compiler says:\n%s",
				framework.InterfaceVersion, lines.String(), inShort(said)),
			Advice: "take a newer version of the plugin, or change its code as said",
		}
	}
	e := &PluginError{What: fmt.Sprintf("go %s fails:\n%s", command, inShort(said))}
	if notFound.MatchString(said) {
		e.Advice = "check the plugins' paths and versions and the network; a module on this machine is named by =FOLDER"
	}
	return e
}

// numbered is the plugin that main.go calls by a number.
func (b *build) numbered(text string) string {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > len(b.Plugins) {
		return text
	}
	return b.Plugins[n-1].String()
}

// changesNamed are the changes of the author's interface that a message is about.
func changesNamed(said string) []framework.InterfaceChange {
	var named []framework.InterfaceChange
	for _, change := range framework.InterfaceChanges(0) {
		for _, name := range change.Names {
			if regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(said) {
				named = append(named, change)
				break
			}
		}
	}
	return named
}

// inShort indents a message, without the commands and the folder that it begins with.
func inShort(said string) string {
	var lines []string
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, "\n")
		if line == "" || strings.HasPrefix(line, "go: downloading ") || strings.HasPrefix(line, "go: finding ") {
			continue
		}
		lines = append(lines, "  "+strings.ReplaceAll(line, provenance.Kontrast, "kontrast"))
	}
	if more := len(lines) - longest; more > 0 {
		lines = append(lines[:longest], fmt.Sprintf("  and %d lines more", more))
	}
	return strings.Join(lines, "\n")
}
