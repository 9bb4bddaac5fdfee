package app

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gomlx/compute"
	"github.com/google/wire"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/framework/data"
	"github.com/kontrast-ml/kontrast/framework/provenance"
	"github.com/kontrast-ml/kontrast/internal/backend"
	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/methods"
)

// catalogSet provides what configurations can name.
//
//lint:ignore U1000 the injectors in wire.go use it
var catalogSet = wire.NewSet(
	provideMethods, provideBackbones, provideDatasets,
	wire.Struct(new(experiment.Catalog), "*"),
)

// processSet provides what a process has once.
//
//lint:ignore U1000 the injectors in wire.go use it
var processSet = wire.NewSet(
	wire.FieldsOf(new(Options), "Catalog"),
	provideStore, provideComputer, wire.FieldsOf(new(computer), "Backend", "Info"), DataEnv, provideVersions,
	provideRunner,
	wire.Struct(new(App), "*"),
)

// hostSet provides what a process takes from the machine it runs on. A test
// puts its own in the place of these.
//
//lint:ignore U1000 the injectors in wire.go use it
var hostSet = wire.NewSet(provideLog, provideClock)

func provideMethods(own Extensions) (*framework.Registry[framework.Factory], error) {
	return framework.NewRegistry("method", append(methods.Builtin(), own.Methods...)...)
}

func provideBackbones(own Extensions) (*framework.Registry[backbones.Factory], error) {
	return framework.NewRegistry("backbone", append(backbones.Builtin(), own.Backbones...)...)
}

func provideDatasets(own Extensions) (*framework.Registry[data.Factory], error) {
	return framework.NewRegistry("dataset", append(data.Builtin(), own.Datasets...)...)
}

func provideStore(ctx context.Context, options Options, clock Clock) (*store.Store, func(), error) {
	s, err := store.Open(ctx, options.Database, StoreOptions(options, clock))
	if err != nil {
		return nil, nil, err
	}
	return s, func() { s.Close() }, nil
}

// StoreOptions are those of a process that writes results. A nil clock is that of the system.
func StoreOptions(options Options, clock Clock) store.Options {
	console := options.Console
	if console == nil {
		console = os.Stderr
	}
	return store.Options{
		Now: clock, BusyTimeout: options.LockTimeout, Outbox: runsFolder(options),
		Note: func(message string) { fmt.Fprintf(console, "kontrast: %s\n", message) },
	}
}

// Clock tells the time.
type Clock func() time.Time

func provideClock() Clock { return time.Now }

// DataEnv is where data sets are downloaded to, and who is told how far they are.
func DataEnv(options Options) data.Env {
	cache := options.Cache
	if cache == "" {
		if user, err := os.UserCacheDir(); err == nil { // else the first download says what is missing
			cache = filepath.Join(user, "kontrast")
		}
	}
	return data.Env{CacheDir: cache, Memory: options.memory(), Progress: options.DataProgress}
}

// Versions are those of the software that runs.
type Versions struct {
	Modules map[string]string
	Commit  string // of the program's source; empty if the binary does not say
}

func provideVersions(catalog experiment.Catalog) Versions {
	v := Versions{Modules: pluginVersions(catalog)}
	v.Modules["go"] = runtime.Version()
	for _, module := range []string{provenance.Kontrast, "github.com/gomlx/gomlx", "github.com/gomlx/compute"} {
		if version := provenance.VersionOf(module); version != "" {
			v.Modules[module] = version
		}
	}
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range build.Settings {
			if setting.Key == "vcs.revision" {
				v.Commit = setting.Value
			}
		}
	}
	return v
}

func provideRunner(
	options Options, catalog experiment.Catalog, computes compute.Backend, on backend.Info, s *store.Store,
	log *zap.Logger, clock Clock, env data.Env, versions Versions,
) *experiment.Runner {
	return &experiment.Runner{
		Catalog: catalog, Backend: computes, On: on, Store: s, Log: log, Now: clock, Data: env,
		Folder: runsFolder(options), Progress: options.Progress, Versions: versions.Modules, Commit: versions.Commit,
		Memory: options.memory(),
	}
}

// runsFolder is where checkpoints and the log lie.
func runsFolder(options Options) string {
	if options.Runs != "" {
		return options.Runs
	}
	return strings.TrimSuffix(options.Database, filepath.Ext(options.Database)) + ".runs"
}
