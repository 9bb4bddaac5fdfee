package cli

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/weights"
	"github.com/kontrast-ml/kontrast/internal/weights/layouts"
)

// importFlags are those of kontrast import that are no settings.
type importFlags struct {
	name, backbone, method, from, encoder, license, normalization string
	merges                                                        string
	size                                                          int
}

func (c *command) importWeights() *cobra.Command {
	settings := settings{command: c}
	var flags importFlags
	cmd := &cobra.Command{
		Use:     "import FILE",
		GroupID: "work",
		Short:   "Make a run of weights that another program has trained",
		Long: `Make a run of the weights in FILE, which eval, compare, report, export and SQL
treat as any other; its state is "imported". FILE is safetensors (also the index or
the folder of several parts), a file of torch.save (.pt, .pth, .pth.tar, .ckpt;
TorchScript too) or of numpy.savez (.npz), or an ONNX model, whose initializers are
taken. Nothing in it is executed.

The layout is recognized by the names of the tensors:

` + layoutHelp() + `
The backbone and its sizes are recognized by the shapes. Images are made as large as the
network was trained with, and normalized by ImageNet's mean and standard deviation
(CLIP's for CLIP, half for BiT and Hugging Face's ViT, the data's own for networks of small
images); --image-size and --normalization change that. Position embeddings are
resized to other sizes of images, bicubic, as DINO's code does (with antialiasing, as
DINOv2's, where there are registers). With --merges, the merges
file of its tokenizer (OpenAI's is bpe_simple_vocab_16e6.txt.gz; Hugging Face's is
merges.txt), CLIP's text tower is taken, too: evaluations then classify zero-shot. Files
of OpenCLIP do not tell their activation: most of its own models need
--set backbone.activation=gelu. The number of attention
heads is not in the shapes: one for each 64 of width, unless --set backbone.heads=N.`,
		Example: `  kontrast import resnet50.pth --as supervised-in1k --dataset folder --set dataset.path=photos --set dataset.test_fraction=0.2
  kontrast eval supervised-in1k
  kontrast import ViT-B-32.pt --as clip-b32 --merges bpe_simple_vocab_16e6.txt.gz --dataset cifar10
  kontrast import dino_deitsmall16_pretrain.pth --method dino --dataset cifar10
  kontrast run --backbone resnet50 --set backbone.weights=resnet50.pth   # train on from weights`,
		Args: arguments(1, "FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			plan, name, err := flags.plan(c, cmd, &settings, args[0])
			if err != nil {
				return err
			}
			a, release, err := c.start(cmd.Context())
			if err != nil {
				return err
			}
			defer release()
			imported, err := a.Runner.Import(cmd.Context(), plan, name, flags.method, flags.license)
			if err != nil {
				return err
			}
			return c.printImport(imported, flags.merges != "")
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&settings.set, "set", nil, "change a value of the configuration, as in --set dataset.path=photos")
	f.StringVar(&flags.name, "as", "", "name of the run (default: that of the file)")
	f.StringVar(&flags.backbone, "backbone", "", "backbone that the weights are for (default: what the shapes tell)")
	f.StringVar(&flags.method, "method", "", "method that the weights were trained by, for the record")
	f.StringVar(&flags.from, "from", "", "layout of the file (default: recognized)")
	f.StringVar(
		&flags.encoder, "encoder", "", "which network of the file: online, momentum, student, teacher, or its prefix",
	)
	f.StringVar(&flags.merges, "merges", "", "merges file of the tokenizer of CLIP's text tower, which is taken with it")
	f.StringVar(&flags.license, "license", "", "license of the weights, for the record")
	f.IntVar(&flags.size, "image-size", 0, "height and width of the images (default: what the network was trained with)")
	f.StringVar(&flags.normalization, "normalization", "", "imagenet, clip, half (0.5 and 0.5) or data (measured) "+
		"(default: that of the layout)")
	settings.shorthand = nil
	settings.more(cmd, "dataset", "dataset", "data set to measure on (see: kontrast datasets)")
	settings.more(cmd, "study", "study", "name of the comparison that the run belongs to")
	completeFlags(cmd, c.choices())
	return cmd
}

// layoutHelp lists the layouts.
func layoutHelp() string {
	var b strings.Builder
	for _, layout := range layouts.Layouts {
		fmt.Fprintf(&b, "  %-16s %s\n", layout.Name, layout.Doc)
	}
	return b.String()
}

// plan makes the configuration of an import: what the file tells, and the user's
// settings on top of it.
func (f *importFlags) plan(
	c *command, cmd *cobra.Command, settings *settings, path string,
) (_ *experiment.Plan, name string, err error) {
	name = f.name
	if name == "" {
		base := filepath.Base(path)
		name, _, _ = strings.Cut(base, ".")
		name = cmp.Or(name, base)
	}
	source, err := weights.Open(path, f.from, f.encoder)
	if err != nil {
		return nil, "", usageError{err}
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	doc := &config.Document{}
	assign := func(key string, value any) {
		if err == nil {
			err = doc.Assign(path, key, fmt.Sprint(value))
		}
	}
	is, unknown := source.Backbone()
	if unknown != nil && f.backbone == "" {
		return nil, "", usageError{hinted{fmt.Errorf("%s: %s: %w", path, source.Network.Title(), unknown),
			"name the backbone that the weights are for: --backbone NAME (see: kontrast backbones)"}}
	}
	if f.backbone != "" {
		assign("backbone.name", f.backbone)
	} else {
		assign("backbone.name", is.Name)
	}
	if is != nil && (f.backbone == "" || f.backbone == is.Name) {
		for key, value := range is.Params {
			assign("backbone."+key, yamlOf(value))
		}
	}
	assign("backbone.weights.file", fmt.Sprintf("%q", path))
	assign("backbone.weights.from", fmt.Sprintf("%q", f.from))
	assign("backbone.weights.encoder", fmt.Sprintf("%q", f.encoder))
	if f.merges != "" {
		if !isCLIP(source.Network) {
			return nil, "", usageError{fmt.Errorf("--merges: %s is %s, which has no text tower", path, source.Network.Title())}
		}
		assign("backbone.weights.merges", fmt.Sprintf("%q", config.Home(f.merges)))
	}
	size := f.size
	if size == 0 && is != nil {
		size = is.Size
	}
	assign("views.size", size)
	normalization, err2 := f.normalizationFor(source.Network, is)
	if err2 != nil {
		return nil, "", usageError{err2}
	}
	assign("views.normalization", normalization)
	if err != nil {
		return nil, "", err
	}
	if err := settings.apply(cmd, doc); err != nil {
		return nil, "", err
	}
	plan, err := c.plan(doc)
	return plan, name, err
}

// isCLIP says whether a network is CLIP's image tower.
func isCLIP(n *layouts.Network) bool {
	return slices.Contains([]string{"clip", "clip-resnet", "hf-clip"}, n.Names)
}

// yamlOf is a value of a configuration in flow style.
func yamlOf(value any) string {
	text := fmt.Sprint(value)
	if strings.HasPrefix(text, "[") {
		return strings.ReplaceAll(text, " ", ", ")
	}
	return text
}

// normalizations are those that published networks were trained with.
var normalizations = map[string]string{
	"imagenet": "{mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}",
	"clip":     "{mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, 0.27577711]}",
	"half":     "{mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5]}",
	"data":     "null",
}

// normalizationFor is the setting for a network.
func (f *importFlags) normalizationFor(n *layouts.Network, is *layouts.Backbone) (string, error) {
	name := f.normalization
	switch {
	case name != "":
	case n.Method == "clip":
		name = "clip"
	case n.Names == "hf-vit" && !n.Scaled() || n.Names == "resnetv2" || n.Names == "bit":
		name = "half"
	case is != nil && is.Size > 0 && is.Size < 64:
		name = "data"
	default:
		name = "imagenet"
	}
	text, known := normalizations[name]
	if !known {
		return "", fmt.Errorf("unknown normalization %q; known: imagenet, clip, half, data", name)
	}
	return text, nil
}

// printImport says what was taken and what is next.
func (c *command) printImport(i *experiment.Imported, texts bool) error {
	if c.json {
		return writeJSON(c.stdout, map[string]any{
			"run": i.Run, "id": i.ID, "source": i.Source, "sha256": i.SHA256, "format": i.Format, "layout": i.Layout,
			"network": i.Network, "method": i.Method, "license": i.License, "taken": i.Taken, "left_out": i.LeftOut,
			"positions": i.Positions, "data": i.Data,
		})
	}
	what := i.Layout
	if i.Network != "" {
		what += ", " + i.Network
	}
	c.line("%s: %d tensors of %s (%s, %s) taken", i.Run, i.Taken, i.Source, i.Format, what)
	if len(i.LeftOut) > 0 {
		c.line("left out: %s", strings.Join(i.LeftOut, ", "))
	}
	if i.Positions != "" {
		c.line("%s", i.Positions)
	}
	if i.Import.Method == "clip" && !texts {
		c.line("its text tower is left out; zero-shot classification needs the tokenizer: --merges FILE")
	}
	if i.Layout == "openclip" {
		c.line("most of OpenCLIP's own models need --set backbone.activation=gelu; those of OpenAI's weights and those " +
			"called quickgelu do not")
	}
	c.line("%s", i.Data)
	c.line("measure it: kontrast eval %s", i.Run)
	return nil
}
