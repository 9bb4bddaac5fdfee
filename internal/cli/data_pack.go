package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/internal/app"
)

func (c *command) dataPack() *cobra.Command {
	var output, format string
	var options data.PackOptions
	cmd := &cobra.Command{
		Use:   "pack SOURCE...",
		Short: "Write the images of folders or archives as one file that opens at once",
		Long: `Write the images of folders or archives as one file (a pack), which stands for a folder
wherever one is given: dataset.path=images.pack. It opens in about a second with as many
images as ImageNet has, many processes read it at once, and every image has a checksum.

Of several sources, such as train and test, each is a folder of its name in the pack, so
that its splits are known. Of shards of webdataset (a folder of .tar files, or a pattern
such as 'train-{0000..0099}.tar') the labels are the folders. Files are taken as they are, unless --short-side reduces larger
images, which are then JPEG of --quality, or --format raw stores pixels, which need no
decoding and several times the space.`,
		Example: `  kontrast data pack photos/train photos/test -o photos.pack --short-side 256
  kontrast data pack imagenet-wds -o imagenet.pack --short-side 256
  kontrast run --method simclr --dataset folder --set dataset.path=photos.pack`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return usageError{errors.New("SOURCE is missing: the folders or archives of images")}
			case output == "":
				return usageError{errors.New("--output is missing: the file to write")}
			case format != "file" && format != "raw":
				return usageError{fmt.Errorf("--format %s: expected file or raw", format)}
			}
			options.Raw = format == "raw"
			if err := options.Validate(); err != nil {
				return usageError{err}
			}
			return c.pack(cmd, args, output, options)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&output, "output", "o", "", "file to write")
	flags.IntVar(&options.ShortSide, "short-side", 0,
		"pixels that the shorter side of larger images is reduced to; 0 leaves them as they are")
	flags.StringVar(&format, "format", "file", "file: images as files; raw: their pixels")
	flags.IntVar(&options.Quality, "quality", 95, "quality of reduced images as JPEG, 1 to 100")
	completeFlags(cmd, map[string]names{"format": func(*cobra.Command) []string { return []string{"file", "raw"} }})
	return cmd
}

func (c *command) pack(cmd *cobra.Command, sources []string, output string, options data.PackOptions) error {
	env := app.DataEnv(c.options)
	if !c.quiet {
		env.Progress = c.progress().Data
	}
	var packed data.Packed
	err := c.writeFile(output, func(to io.Writer) (err error) {
		packed, err = data.Pack(cmd.Context(), to, sources, options, env)
		return err
	})
	if err != nil {
		return err
	}
	c.progressNote("%d images, of which %d were changed, %.1f MB",
		packed.Images, packed.Changed, float64(packed.Bytes)/1e6)
	const shown = 5
	for i, left := range packed.Omitted {
		if i == shown {
			c.note("left out: %d more", len(packed.Omitted)-shown)
			break
		}
		c.note("left out: %s: %s", left.Path, left.Reason)
	}
	return nil
}
