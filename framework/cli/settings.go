package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// settings are the flags that make a configuration, and the file or preset it starts from.
type settings struct {
	command   *command
	set       []string
	preset    string
	shorthand []shorthand
}

// shorthand is a flag that stands for an assignment.
type shorthand struct{ flag, path string }

func (s *settings) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&s.set, "set", nil, "change a value of the configuration, as in --set train.optimizer.name=lars")
	flags.String("study", "", "name of the comparison that the runs belong to")
	flags.String("dataset", "", "data set (see: kontrast datasets)")
	flags.String("recipe", "", "views for all methods alike; auto: each method's own")
	flags.Int("epochs", 0, "passes over the training set")
	flags.Int("batch-size", 0, "samples a step")
	s.shorthand = []shorthand{
		{"study", "study"}, {"dataset", "dataset"}, {"recipe", "views.recipe"},
		{"epochs", "train.epochs"}, {"batch-size", "train.batch_size"},
	}
}

// more registers a flag that stands for an assignment.
func (s *settings) more(cmd *cobra.Command, flag, path, help string) {
	cmd.Flags().String(flag, "", help)
	s.shorthand = append(s.shorthand, shorthand{flag, path})
}

// document reads the file or the preset, if one is named, and applies the flags.
func (s *settings) document(cmd *cobra.Command, args []string) (*config.Document, error) {
	doc, err := s.base(cmd, args)
	if err != nil {
		return nil, err
	}
	var faults config.Collector
	for _, short := range s.shorthand {
		flag := cmd.Flags().Lookup(short.flag)
		if !flag.Changed || short.path == "method" && s.preset != "" {
			continue
		}
		value := flag.Value.String()
		if strings.HasPrefix(short.path, "grid.") {
			value = "[" + value + "]"
		}
		faults.Add(doc.Assign(fmt.Sprintf("--%s %s", short.flag, flag.Value), short.path, value))
	}
	faults.Add(doc.Set(s.set...))
	return doc, faults.Err()
}

// base is what the flags change.
func (s *settings) base(cmd *cobra.Command, args []string) (*config.Document, error) {
	switch {
	case s.preset != "" && len(args) > 0:
		return nil, usageError{fmt.Errorf("a configuration starts from a file or from a preset, not from both; leave out %s or --preset", args[0])}
	case s.preset != "":
		method, err := cmd.Flags().GetString("method")
		if err != nil {
			return nil, err
		}
		if method == "" {
			return nil, usageError{hinted{fmt.Errorf("--preset %s: of which method?", s.preset), "name it with --method"}}
		}
		return s.command.preset(method, s.preset)
	case len(args) > 0:
		doc, err := config.Load(args[0])
		if err != nil {
			return nil, fileError(err)
		}
		return doc, nil
	}
	return &config.Document{}, nil
}
