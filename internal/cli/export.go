package cli

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/baseline"
	"github.com/kontrast-ml/kontrast/internal/experiment"
)

func (c *command) export() *cobra.Command {
	var changes experiment.Changes
	var weightsOnly bool
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

  load.py               builds the backbone in PyTorch with these weights: any of
                        the ResNets, of its width and stem, and ViTs through timm;
                        CMC's is two, of which an image's colors go through one

The metadata of each file has the configuration, the classes and the normalization.
RUN is a name or a number (see: kontrast runs). In Python, in FOLDER:

  import load
  model, prepare, info = load.backbone()
  features = model(prepare(images))    # images [N, 3, H, W] in [0, 1]

load.py says by which transforms of torchvision images become those of kontrast's
evaluation.`,
		Example:           `  kontrast export simclr-3 features/`,
		Args:              arguments(1, "RUN", "FOLDER"),
		ValidArgsFunction: completeArgument(c.runNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := changeable(changes.Set); err != nil {
				return err
			}
			a, run, release, err := c.takeUp(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			defer release()
			if baseline.Is(run.Method) {
				return usageError{
					fmt.Errorf("run %s is a baseline: it has no checkpoint to export", run.Name),
				}
			}
			folder := run.Name
			if len(args) > 1 {
				folder = args[1]
			}
			var exported *experiment.Exported
			if weightsOnly {
				exported, err = a.Runner.ExportWeights(cmd.Context(), run.ID, folder)
			} else {
				exported, err = a.Runner.Export(cmd.Context(), run.ID, folder, changes)
			}
			if err != nil {
				return err
			}
			if c.json {
				return writeJSON(c.stdout, map[string]any{"run": run.Name, "files": exported.Files, "backbone": exported.Backbone,
					"images": exported.Images, "normalization": json.RawMessage(exported.Normalization)})
			}
			for _, path := range exported.Files {
				c.line("%s", path)
			}
			c.progressNote("%s; images %s; normalization %s", exported.Backbone, exported.Images, exported.Normalization)
			return nil
		},
	}
	cmd.Flags().BoolVar(&weightsOnly, "weights-only", false, "write the backbone's weights alone, which needs no images")
	changeFlags(cmd, &changes, "dataset.path=DIR, where the images are now")
	return cmd
}
