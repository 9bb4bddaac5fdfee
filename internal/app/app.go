// Package app wires what a process needs once: logger, store, registries,
// compute backend, clock and the runner of experiments. Which method, backbone
// and data set a run uses is configuration, and chosen by the registries.
package app

import (
	"io"
	"time"

	"github.com/gomlx/compute"
	"go.uber.org/zap"

	"github.com/kontrast-ml/kontrast/internal/experiment"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// Options are what the user of a process chooses, on the command line or in code.
type Options struct {
	// Database is the path of the SQLite file that holds the results.
	Database string
	// Runs is the folder of checkpoints and logs; empty for the
	// database's path with the ending .runs.
	Runs string
	// Cache is the folder of downloaded data sets; empty for the user's cache folder.
	Cache string
	// Backend is the compute backend: a name that is registered with package
	// compute, and after a colon its own settings; empty for the default.
	Backend string
	// Devices are those of the backend to compute on (see [backend.OnDevices]); empty for the backend's choice.
	Devices []int
	// Memory is how many bytes the process may take; 0 for all that the machine has, or the control group it is in.
	Memory int64
	// Verbose logs to the terminal what otherwise only the log file has.
	Verbose bool
	// LockTimeout is how long a database is waited for that another process has
	// locked; 0 for 10 s.
	LockTimeout time.Duration
	// Console is where warnings (with Verbose everything) are logged as text;
	// nil for standard error.
	Console io.Writer
	// Progress shows how far runs are; nil for silence.
	Progress experiment.Progress
	// DataProgress is told how far a download or an index of files is: bytes or
	// files done of total, which is -1 if unknown; nil for silence.
	DataProgress func(what string, done, total int64)
	// Catalog is what configurations can name, made once by [NewCatalog].
	Catalog experiment.Catalog
}

// App is a process that makes runs.
type App struct {
	// Wire makes the parts in this order: what can be refused comes before what
	// leaves a file behind.
	Catalog experiment.Catalog
	Backend compute.Backend
	Store   *store.Store
	Log     *zap.Logger
	Runner  *experiment.Runner
}
