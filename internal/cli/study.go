package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

// studyFlags registers the flags that describe a study.
func (s *settings) studyFlags(cmd *cobra.Command) {
	s.register(cmd)
	s.more(cmd, "methods", "grid.method", "methods, separated by commas, mixes as for run (default simclr,mocov2,dcl)")
	s.more(cmd, "backbones", "grid.backbone", "backbones, separated by commas (default resnet8)")
	s.more(cmd, "baselines", "baselines",
		"what trains nothing and is measured beside the methods: untrained, pixels, pixels-pca (default untrained)")
	s.more(cmd, "seeds", "grid.seed", "seeds, separated by commas (default 1,2,3,4,5)")
}

// study is what the flags and the file describe. One that has no name gets one of the time.
func (s *settings) study(cmd *cobra.Command, args []string) (
	*experiment.Study, *config.Document, experiment.Spec, error,
) {
	defaults := experiment.Defaults()
	defaults.Study = cmd.Name() + "-" + time.Now().Format("20060102-150405")
	doc, err := s.document(cmd, args)
	if err != nil {
		return nil, nil, defaults, err
	}
	catalog, err := s.command.catalog()
	if err != nil {
		return nil, nil, defaults, err
	}
	study, err := catalog.ResolveStudy(doc, defaults)
	if err == nil {
		err = study.OneBackend()
	}
	return study, doc, defaults, err
}

// given are the flags of the settings as they were given.
func (s *settings) given(cmd *cobra.Command) (flags []string) {
	for _, short := range s.shorthand {
		if flag := cmd.Flags().Lookup(short.flag); flag.Changed && short.flag != "study" {
			flags = append(flags, "--"+short.flag+"="+flag.Value.String())
		}
	}
	for _, set := range s.set {
		flags = append(flags, "--set="+set)
	}
	if backend := s.command.options.Backend; backend != "" {
		flags = append(flags, "--backend="+backend)
	} else if precision := s.command.precision; precision != "" {
		flags = append(flags, "--precision="+precision)
	}
	return flags
}
