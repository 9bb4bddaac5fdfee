package cli

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/backend"
)

// settings are the flags that change a configuration.
type settings struct {
	command   *command
	set       []string
	shorthand []shorthand
}

// shorthand is a flag that stands for an assignment.
type shorthand struct{ flag, path string }

func (s *settings) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringArrayVar(&s.set, "set", nil, "change a value of the configuration, as in --set train.optimizer.name=lars")
	flags.String("study", "", "name of the comparison that the runs belong to")
	flags.String("dataset", "", "data set (see: kontrast datasets)")
	flags.String("recipe", "", "views that all methods use; auto: those of each method's paper")
	flags.Int("epochs", 0, "passes over the training set")
	flags.Int("batch-size", 0, "samples per training step")
	flags.String("preset", "", "published settings of each method to start from (see: kontrast methods NAME)")
	s.shorthand = []shorthand{
		{"study", "study"}, {"dataset", "dataset"}, {"recipe", "views.recipe"},
		{"epochs", "train.epochs"}, {"batch-size", "train.batch_size"}, {"preset", "preset"},
	}
}

// more registers a flag that stands for an assignment.
func (s *settings) more(cmd *cobra.Command, flag, path, help string) {
	cmd.Flags().String(flag, "", help)
	s.shorthand = append(s.shorthand, shorthand{flag, path})
}

// document reads the file, if one is named, and applies the flags.
func (s *settings) document(cmd *cobra.Command, args []string) (*config.Document, error) {
	doc := &config.Document{}
	if len(args) > 0 {
		var err error
		if doc, err = config.Load(args[0]); err != nil {
			return nil, fileError(err)
		}
	}
	return doc, s.apply(cmd, doc)
}

// apply changes a configuration by the flags.
func (s *settings) apply(cmd *cobra.Command, doc *config.Document) error {
	if err := s.assignBackend(doc); err != nil {
		return err
	}
	var faults config.Collector
	set := s.set
	for _, short := range s.shorthand {
		flag := cmd.Flags().Lookup(short.flag)
		if !flag.Changed {
			continue
		}
		value := flag.Value.String()
		if value == "" {
			faults.Add(config.Fault{
				Position: config.Position{File: "--" + short.flag}, Path: short.path, Message: "no value",
				Hint: "leave the flag out to use the value of the configuration or the default",
			})
			continue
		}
		varied, is := strings.CutPrefix(short.path, "grid.")
		if is || short.path == "baselines" {
			value = "[" + value + "]"
		}
		faults.Add(doc.Assign(fmt.Sprintf("--%s %s", short.flag, flag.Value), short.path, value))
		if is {
			var err error
			set, err = setVaried(doc, set, short.flag, varied)
			faults.Add(err)
		}
	}
	faults.Add(doc.Set(set...))
	return faults.Err()
}

// assignBackend makes the backend of the process that of the configuration.
func (s *settings) assignBackend(doc *config.Document) error {
	given, err := s.command.assigned(doc)
	if given == "" || err != nil {
		return err
	}
	if err := app.CheckBackend(given); err != nil {
		return fmt.Errorf("%w %q: %w", app.ErrBackend, given, err)
	}
	return doc.Assign("--backend "+given, "backend", strconv.Quote(backend.Kind(given)))
}

// setVaried makes those assignments that are for parameters of what a flag varies,
// for all of its values, and returns the others. One that fixes what the flag
// varies is a fault.
func setVaried(doc *config.Document, set []string, flag, varied string) (others []string, err error) {
	var faults config.Collector
	for _, text := range set {
		key, value, _ := strings.Cut(text, "=")
		key = strings.TrimSpace(key)
		switch {
		case key == varied || key == varied+".name" || key == "grid."+varied:
			faults.Add(config.Fault{
				Position: config.Position{File: "--set " + text}, Path: key, Message: "--" + flag + " gives it already",
				Hint: "leave one of both out",
			})
		case strings.HasPrefix(key, varied+".") && strings.Contains(text, "="):
			if strings.TrimSpace(value) == "" {
				value = "null"
			}
			faults.Add(doc.AssignDotted("--set "+text, "grid", key, "["+value+"]"))
		default:
			others = append(others, text)
		}
	}
	return others, faults.Err()
}
