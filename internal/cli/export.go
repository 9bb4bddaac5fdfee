package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/experiment"
)

func (c *command) export() *cobra.Command {
	var set []string
	cmd := &cobra.Command{
		Use:     "export RUN [FOLDER]",
		GroupID: "results",
		Short:   "Write the backbone's weights and the features of a run for other programs",
		Long: `Write the weights and features of a run's latest checkpoint to FOLDER (by default
the run's name), in the safetensors format:

  backbone.safetensors  the backbone's weights with the names and layouts that
                        torchvision's ResNets and timm's ViTs have in PyTorch
  train.safetensors     features [N, D] float32, not normalized, and labels [N]
                        int64 of the training split, in the order of the data set
  test.safetensors      the same of the test split

The metadata of each file has the configuration, the classes and the normalization.
RUN is a name or a number (see: kontrast runs). In Python:

  from safetensors.torch import load_file
  torchvision.models.resnet18().load_state_dict(load_file("backbone.safetensors"), strict=False)`,
		Example:           `  kontrast export simclr-3 features/`,
		Args:              arguments(1, "RUN", "FOLDER"),
		ValidArgsFunction: completeArgument(c.runNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := changeable(set); err != nil {
				return err
			}
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			run, err := a.Store.FindRun(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			if run.Method == experiment.Untrained {
				return usageError{fmt.Errorf("run %s is a baseline of an untrained backbone: it has no checkpoint to export", run.Name)}
			}
			folder := run.Name
			if len(args) > 1 {
				folder = args[1]
			}
			paths, err := a.Runner.Export(cmd.Context(), run.ID, folder, set...)
			if err != nil {
				return err
			}
			if c.json {
				return writeJSON(c.stdout, map[string]any{"run": run.Name, "files": paths})
			}
			for _, path := range paths {
				c.line("%s", path)
			}
			return nil
		},
	}
	cmd.Flags().StringArrayVar(&set, "set", nil, "change where the data are, as in --set dataset.path=DIR")
	return cmd
}
