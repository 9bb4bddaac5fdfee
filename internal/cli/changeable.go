package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// locations are settings that say where a run's data are and how they are
// read: they may change after it was made, since no number depends on them.
var locations = append(
	[]string{"dataset.url", "dataset.cache_bytes", "dataset.cache_disk_bytes"}, experiment.PathSettings...,
)

// changeFlags registers the flags of a command that works on a recorded run.
func changeFlags(cmd *cobra.Command, changes *experiment.Changes, example string) {
	cmd.Flags().StringArrayVar(&changes.Set, "set", nil, "change a setting, as in --set "+example)
	cmd.Flags().BoolVar(&changes.DataChanged, "data-changed", false,
		"continue although the data are not those that the run was made with; the protocol says so")
}

// changeable refuses assignments to settings of a stored run that would not be
// those it was made with. Beside locations it lets pass what is below the
// prefixes, which end in a dot, and what is equal to one that does not.
func changeable(set []string, more ...string) error {
	var faults config.Collector
	for _, assignment := range set {
		path, _, _ := strings.Cut(assignment, "=")
		allowed := slices.ContainsFunc(append(more, locations...), func(one string) bool {
			return path == one || strings.HasSuffix(one, ".") && strings.HasPrefix(path, one)
		})
		if !allowed {
			faults.Add(config.Fault{
				Position: config.Position{File: "--set " + assignment}, Path: path,
				Message: "what a run was made with can't be changed afterwards",
				Hint:    "what can: " + strings.ReplaceAll(strings.Join(append(more, locations...), ", "), ".,", ".*,"),
			})
		}
	}
	return faults.Err()
}
