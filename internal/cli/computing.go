package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/kontrast-ml/kontrast/framework/config"
	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// computing registers the flags that say what is computed on, and how exactly.
func (c *command) computing(flags *pflag.FlagSet) {
	flags.StringVar(&c.options.Backend, "backend", "", fmt.Sprintf(
		"compute backend: %s (see: kontrast backend --help; default %q)",
		strings.Join(backend.Known(), ", "), backend.Default))
	flags.IntSliceVar(&c.devices, "device", nil,
		"devices of the backend to compute on, from 0, such as 1 or 0,1,2,3; with several, runs are made at once, one on each")
	flags.StringVar(&c.precision, "precision", "",
		"of products and convolutions: "+strings.Join(backend.Precisions(), ", ")+" (default float32)")
}

// settlePrecision makes the precision a part of the backend that a flag names, so that it is kept with the runs.
// Without one the backend is that of a configuration or of a run.
func (c *command) settlePrecision() (err error) {
	switch {
	case c.options.Backend != "":
		c.options.Backend, err = c.inPrecision(c.options.Backend)
	case c.precision != "" && !backend.IsPrecision(c.precision):
		_, err = c.inPrecision(backend.Default)
	}
	return err
}

// inPrecision is a backend with the precision of the flag.
func (c *command) inPrecision(given string) (string, error) {
	if c.precision == "" {
		return given, nil
	}
	with, err := backend.WithPrecision(given, c.precision)
	if err != nil {
		err = usageError{fmt.Errorf("--precision %s: %w", c.precision, err)}
	}
	return with, err
}

// assigned is the backend that the flags make that of a configuration; empty for the configuration's own.
func (c *command) assigned(doc *config.Document) (given string, err error) {
	if c.options.Backend != "" || c.precision == "" {
		return c.options.Backend, nil
	}
	given = backend.Default
	if node, found := doc.Root().Get("backend"); found {
		text, scalar := node.Text()
		if !scalar || !backend.IsKnown(text) {
			return "", nil // which is refused when the configuration is read
		}
		given = text
	}
	return c.inPrecision(given)
}

// computeOn makes the backend of a configuration that of the process, unless a flag names one.
func (c *command) computeOn(kind string) {
	if c.options.Backend == "" && (kind != backend.Default || c.precision != "") {
		c.options.Backend = kind
	}
}

// workOn is takeUp for work whose numbers are added to those of the run, and
// are computed on its backend.
func (c *command) workOn(ctx context.Context, reference string) (a *app.App, run store.Run, release func(), err error) {
	if c.options.Backend != "" {
		return c.takeUp(ctx, reference)
	}
	devices := c.devices
	c.devices = nil // they are those of a backend that is not known yet
	a, run, release, err = c.takeUp(ctx, reference)
	if c.devices = devices; err != nil {
		return nil, run, nil, err
	}
	own, err := c.inPrecision(run.Backend)
	if err == nil && own == backend.Default && len(devices) == 0 {
		return a, run, release, nil
	}
	release()
	if err != nil {
		return nil, run, nil, err
	}
	c.options.Backend = own
	return c.takeUp(ctx, reference)
}
