package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/web"
)

func (c *command) serve() *cobra.Command {
	var address string
	var changes experiment.Changes
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: "results",
		Short:   "Show the results in a browser, as they grow",
		Long: `Show studies and runs in a browser: progress and time left, curves that grow while
a run trains, the comparison of a study, figures of the networks, and a box for SQL.
Nothing can be changed, and no request leaves the machine.

The page answers to this machine only, unless --addr says otherwise; then the address
that is printed has a token, without which nobody comes in. The connection is not
encrypted: across a network use it through ssh -L 8080:127.0.0.1:8080.`,
		Example: `  kontrast serve
  kontrast serve --addr 127.0.0.1:0`,
		Args: arguments(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := changeable(changes.Set); err != nil {
				return err
			}
			door, err := web.DoorFor(address)
			if err != nil {
				return usageError{err}
			}
			catalog, err := c.catalog()
			if err != nil {
				return err
			}
			return c.withStore(cmd.Context(), func(s *store.Store) error {
				server := &web.Server{Store: s, Ask: c.query, Catalog: catalog, Door: door, Log: app.LogFile(c.options),
					Draw: c.drawer(changes)}
				return c.listen(cmd.Context(), address, server)
			})
		},
	}
	cmd.Flags().StringVar(&address, "addr", "127.0.0.1:8080", "address to listen on; port 0 takes a free one")
	changeFlags(cmd, &changes, "dataset.path=DIR, where the images of the figures of networks are now")
	return cmd
}

// drawer draws figures of networks as kontrast plot does.
func (c *command) drawer(changes experiment.Changes) web.Draw {
	return func(ctx context.Context, kind string, runs []string, theme string) (string, error) {
		var out, problems strings.Builder
		plot := &command{catalog: c.catalog, stdout: &out, stderr: &problems, program: c.program}
		args := []string{"plot", kind, "--theme", theme, "--output", "-", "--quiet", "--db", c.options.Database,
			"--runs", c.options.Runs, "--cache", c.options.Cache, "--backend", c.options.Backend,
			"--lock-timeout", c.options.LockTimeout.String()}
		for _, set := range changes.Set {
			args = append(args, "--set", set)
		}
		if changes.DataChanged {
			args = append(args, "--data-changed")
		}
		root := plot.root()
		root.SetArgs(append(append(args, "--"), runs...))
		err := root.ExecuteContext(ctx)
		return out.String(), err
	}
}

// listen serves until the context ends.
func (c *command) listen(ctx context.Context, address string, pages *web.Server) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return hinted{err, "choose another address with --addr, such as 127.0.0.1:0 for a free port"}
	}
	// Pages that watch for changes end with the context.
	server := &http.Server{Handler: pages.Handler(), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }}
	at := url.URL{Scheme: "http", Host: listener.Addr().String(), Path: "/"}
	if pages.Door.Token != "" {
		at.RawQuery = url.Values{"token": {pages.Door.Token}}.Encode()
	}
	fmt.Fprintln(c.stdout, at.String())
	c.progressNote("Ctrl-C ends it")
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		stopped <- server.Shutdown(end)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	<-stopped
	return nil
}
