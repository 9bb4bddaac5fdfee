package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/figure"
	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// looking is a command that draws a figure of the networks of recorded runs: it
// needs their checkpoints and images.
type looking struct {
	*command
	changes experiment.Changes
	out     drawing
}

const needsNetworks = `

The figure needs the checkpoint of a run (in the folder of the runs, --runs) and
its images (--set dataset.path=DIR, if they are elsewhere now); a baseline of an
untrained backbone needs no checkpoint.`

func (l *looking) register(cmd *cobra.Command) {
	changeFlags(cmd, &l.changes, "dataset.path=DIR, where the images are now")
	l.out.register(cmd)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return l.runNames(cmd), cobra.ShellCompDirectiveNoFileComp
	}
}

// networks calls draw with what opens the networks of runs, and writes what it draws.
func (l *looking) networks(
	cmd *cobra.Command, name string, draw func(
		ctx context.Context, a *app.App, open gallery.Opener, o figure.Options,
	) (*figure.Figure, error),
) error {
	if err := changeable(l.changes.Set); err != nil {
		return err
	}
	return l.out.write(l.command, name, func(o figure.Options) (*figure.Figure, error) {
		a, release, err := l.start(cmd.Context())
		if err != nil {
			return nil, err
		}
		defer release()
		return draw(cmd.Context(), a, l.opener(a), o)
	})
}

func (l *looking) opener(a *app.App) gallery.Opener {
	return func(ctx context.Context, run int64) (*experiment.Look, error) {
		return a.Runner.Look(ctx, run, l.changes)
	}
}

// network is networks for a figure of one run, named or numbered.
func (l *looking) network(
	cmd *cobra.Command, reference, suffix string, draw func(*experiment.Look, figure.Options) (*figure.Figure, error),
) error {
	return l.networks(cmd, reference+suffix, func(
		ctx context.Context, a *app.App, open gallery.Opener, o figure.Options,
	) (*figure.Figure, error) {
		run, err := a.Store.FindRun(ctx, reference)
		if err != nil {
			return nil, err
		}
		look, err := open(ctx, run.ID)
		if err != nil {
			return nil, err
		}
		defer look.Close()
		return draw(look, o)
	})
}

func (c *command) plotEmbedding() *cobra.Command {
	l := looking{command: c}
	m := gallery.Mapping{Method: gallery.Mappings[0], Samples: 1000}
	var request gallery.Request
	by := "class"
	cmd := &cobra.Command{
		Use:   "embedding RUN...|STUDY",
		Short: "Draw maps of the features of test images, colored by class or factor",
		Long: `Draw where the features of test images lie, in two dimensions: t-SNE (van der
Maaten and Hinton 2008), which keeps neighbors near and says nothing of distances
between groups, or the two directions of the largest variance (PCA). Several runs
are drawn beside each other; of a study, a run of each setting.` + needsNetworks,
		Example: `  kontrast plot embedding simclr-3 byol-4
  kontrast plot embedding default --methods simclr,mocov2 --map pca
  kontrast plot embedding simclr-3 --by color -o map.png`,
		Args: func(cmd *cobra.Command, args []string) error {
			return arguments(1, slices.Repeat([]string{"RUN or STUDY"}, max(1, len(args)))...)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := m.Check(); err != nil {
				return usageError{err}
			}
			return l.networks(cmd, args[0]+"-embedding", func(
				ctx context.Context, a *app.App, open gallery.Opener, o figure.Options,
			) (*figure.Figure, error) {
				runs, skip, err := l.runsOf(ctx, a, request, args)
				if err != nil {
					return nil, err
				}
				return gallery.Embedding(ctx, open, runs, m, by, skip, o)
			})
		},
	}
	l.register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&m.Method, "map", m.Method, "tsne or pca")
	flags.IntVar(&m.Samples, "samples", m.Samples, "test images, evenly spaced over the split, 4 to 5000")
	flags.Float64Var(
		&m.Perplexity, "perplexity", 0, "of t-SNE: how many neighbors count, 1 to a third of the samples (default 30)",
	)
	flags.StringVar(
		&by, "by", by, "what points are colored by: class, or a factor of variation that the data set knows, such as color",
	)
	flags.StringSliceVar(&request.Methods, "methods", nil, "of a study only these methods, separated by commas")
	flags.StringVar(&request.Backbone, "backbone", "", "of a study only this backbone")
	completeFlags(cmd, map[string]names{
		"map": func(*cobra.Command) []string { return gallery.Mappings }, "methods": c.methodNames,
		"backbone": c.backboneNames,
	})
	return cmd
}

// runsOf finds the runs that arguments name: runs, or those of a study, of which
// some may be left out.
func (l *looking) runsOf(
	ctx context.Context, a *app.App, request gallery.Request, args []string,
) (runs []store.Run, skip func(store.Run, error), err error) {
	for _, reference := range args {
		run, notRun := a.Store.FindRun(ctx, reference)
		if notRun == nil {
			runs = append(runs, run)
			continue
		}
		if !errors.Is(notRun, store.ErrNotFound) {
			return nil, nil, notRun
		}
		if len(args) > 1 || gallery.CheckStudy(ctx, a.Store, reference) != nil {
			return nil, nil, fmt.Errorf("no study and no run: %w", notRun)
		}
		request.Subject = reference
		runs, err = request.OneEach(ctx, a.Store)
		return runs, func(_ store.Run, err error) { l.note("left out: %v", err) }, err
	}
	return runs, nil, nil
}

func (c *command) plotNeighbors() *cobra.Command {
	l := looking{command: c}
	n := gallery.Neighborhood{Samples: 2000, Queries: 8, Nearest: 5}
	cmd := &cobra.Command{
		Use:   "neighbors RUN RUN",
		Short: "Draw test images with their nearest others by two runs, where they disagree",
		Long: `Draw test images with their nearest other test images, by the cosine similarity of
the features of two runs: the images on whose neighbors the two disagree most. A
whole frame is the query's class, a dashed one another.` + needsNetworks,
		Example: `  kontrast plot neighbors simclr-3 byol-4
  kontrast plot neighbors untrained-1 simclr-3 --queries 12 --nearest 4 -o neighbors.pdf`,
		Args: arguments(2, "RUN", "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := n.Check(); err != nil {
				return usageError{err}
			}
			return l.networks(cmd, args[0]+"-"+args[1]+"-neighbors", func(
				ctx context.Context, a *app.App, open gallery.Opener, o figure.Options,
			) (*figure.Figure, error) {
				first, err := a.Store.FindRun(ctx, args[0])
				if err != nil {
					return nil, err
				}
				second, err := a.Store.FindRun(ctx, args[1])
				if err != nil {
					return nil, err
				}
				return gallery.Neighbors(ctx, open, first, second, n, o)
			})
		},
	}
	l.register(cmd)
	flags := cmd.Flags()
	flags.IntVar(&n.Samples, "samples", n.Samples, "test images that are searched, evenly spaced over the split")
	flags.IntVar(&n.Queries, "queries", n.Queries, "images whose neighbors are shown, 1 to 64")
	flags.IntVar(&n.Nearest, "nearest", n.Nearest, "neighbors by each run, 1 to 10")
	return cmd
}

func (c *command) plotPositions() *cobra.Command {
	l := looking{command: c}
	cmd := &cobra.Command{
		Use:   "positions RUN",
		Short: "Draw how alike the position embeddings of a vision transformer are",
		Long: `Draw the cosine similarity of each patch's position embedding with all others
(Dosovitskiy et al. 2021, figure 7): learned in one or two dimensions, relative, or
sines and cosines, as backbone.positions has it.` + needsNetworks,
		Example: `  kontrast plot positions dino-5 -o positions.svg`,
		Args:    arguments(1, "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return l.network(cmd, args[0], "-positions", func(look *experiment.Look, o figure.Options) (*figure.Figure, error) {
				return gallery.Positions(look, o)
			})
		},
	}
	l.register(cmd)
	return cmd
}

func (c *command) plotAttention() *cobra.Command {
	l := looking{command: c}
	samples, block := 6, 0
	cmd := &cobra.Command{
		Use:   "attention RUN",
		Short: "Draw what the class token of a vision transformer attends to",
		Long: `Draw what the class token of a vision transformer attends to in test images, a map
for each head (Caron et al. 2021, figures 1 and 3).` + needsNetworks,
		Example: `  kontrast plot attention dino-5
  kontrast plot attention dino-5 --block 3 --samples 10 -o attention.pdf`,
		Args: arguments(1, "RUN"),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case samples < 1 || samples > 64:
				return usageError{fmt.Errorf("--samples %d: expected 1 to 64", samples)}
			case block < 0:
				return usageError{fmt.Errorf("--block %d: blocks are counted from 1; 0 is the last", block)}
			}
			return l.network(cmd, args[0], "-attention", func(look *experiment.Look, o figure.Options) (*figure.Figure, error) {
				return gallery.Attention(cmd.Context(), look, samples, block, o)
			})
		},
	}
	l.register(cmd)
	cmd.Flags().IntVar(&samples, "samples", samples, "test images to show, evenly spaced over the split, 1 to 64")
	cmd.Flags().IntVar(&block, "block", 0, "block of the transformer, counted from 1; 0 for the last")
	return cmd
}
