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
	"github.com/kontrast-ml/kontrast/internal/sweep"
	"github.com/kontrast-ml/kontrast/internal/web"
)

func (c *command) serve() *cobra.Command {
	var address, queue string
	var changes experiment.Changes
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: "results",
		Short:   "Show the results in a browser, as they grow",
		Long: `Show studies and runs in a browser: progress and time left, curves that grow while
a run trains, the comparison of a study, figures of the networks, and a box for SQL.
Nothing can be changed, and no request leaves the machine.

With --queue (see: kontrast sweep start --help) it also shows how far the runs of each
study in the queue are, takes finished runs into the database, as kontrast sweep
collect does, and has River UI, which shows every job of the queue, below /river/.

The page answers to this machine only, unless --addr says otherwise; then the address
that is printed has a token, without which nobody comes in. The connection is not
encrypted: across a network use it through ssh -L 8080:127.0.0.1:8080.`,
		Example: `  kontrast serve
  kontrast serve --addr 127.0.0.1:0
  kontrast serve --queue postgres://kontrast@db.example/sweeps`,
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
			server := &web.Server{
				Ask: c.query, Catalog: catalog, Door: door, Log: app.LogFile(c.options), Draw: c.drawer(changes),
			}
			if queue != "" {
				stop, err := c.collectBeside(cmd.Context(), queue, server)
				if err != nil {
					return err
				}
				defer stop()
			}
			return c.withStore(cmd.Context(), func(s *store.Store) error {
				server.Store = s
				return c.listen(cmd.Context(), address, server)
			})
		},
	}
	queueFlag(cmd, &queue)
	cmd.Flags().StringVar(&address, "addr", "127.0.0.1:8080", "address to listen on; port 0 takes a free one")
	changeFlags(cmd, &changes, "dataset.path=DIR, where the images of the figures of networks are now")
	return cmd
}

// collectBeside takes finished runs of a queue into the database until it is
// stopped, and lets a server show the queue.
func (c *command) collectBeside(ctx context.Context, address string, server *web.Server) (stop func(), err error) {
	q, err := openQueue(ctx, address)
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, c.options.Database, c.storeOptions())
	if err != nil {
		q.Close()
		return nil, err
	}
	collector := sweep.Collector{Queue: q, Store: s, Told: c.progressNote}
	if collector.Owner, err = s.Identity(ctx); err != nil {
		q.Close()
		return nil, errors.Join(err, s.Close())
	}
	ctx, cancel := context.WithCancel(ctx)
	if server.RiverUI, err = q.RiverUI(ctx, web.RiverPath); err != nil {
		cancel()
		q.Close()
		return nil, errors.Join(err, s.Close())
	}
	server.Queue = q
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		collector.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
		if err := s.Close(); err != nil {
			c.progressNote("%v", err)
		}
		q.Close()
	}, nil
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
