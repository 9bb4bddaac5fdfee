package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"time"
)

// Status says where a run stands.
type Status string

// The states of a run. Lost is never stored: it is how a running run shows
// whose process has given no sign of life for two minutes or, on the machine
// that it ran on, is gone. Neither is Waiting, of such a run whose results wait
// in a file until the database takes them in.
const (
	Running     Status = "running"
	Finished    Status = "finished"
	Failed      Status = "failed"      // ended by an error
	Interrupted Status = "interrupted" // ended by the user or a signal
	Stopped     Status = "stopped"     // ended by a rule, as when the loss is NaN
	Lost        Status = "lost"
	Waiting     Status = "waiting"
	// Imported is never stored either: how a finished run shows whose weights are another program's.
	Imported Status = "imported"
)

// RunInfo describes a run to be recorded. Method, Backbone, Dataset, Config and
// ConfigHash are required.
type RunInfo struct {
	Name     string          // short name, unique in the database; empty means method-number
	Study    string          // the comparison that the run belongs to; empty for none
	Method   string          // registered name
	Backbone string          // registered name
	Dataset  string          // registered name of the data set trained on
	Seed     uint64          // at most 2⁶³-1
	Config   json.RawMessage // the whole configuration, a JSON object; recorded in params value by value too
	// equal for runs that differ in the seed only, or in what changes no number; see config.Hash
	ConfigHash string
	Steps      int64 // training steps planned; 0 if unknown

	Host          string            // name of the machine; empty means this one's
	Engine        string            // the compute backend's description of itself
	Backend       string            // its name, by which numbers are kept apart; empty means kontrast
	Device        string            // what computes; empty if unknown
	Driver        string            // versions of what stands between the program and the device
	Versions      map[string]string // of the software, such as go, kontrast, gomlx
	GitCommit     string            // of the program
	UUID          string            // identity of the run in any database; empty for a new one
	Parent        string            // UUID of the run whose training this one continues; empty for none
	MethodModule  string            // module path that the method came from
	MethodVersion string            // version of that module
	// Data are those that the run is trained and measured on. Reading a run leaves them out: see Store.Data.
	Data Data
	// Locations are the settings that are paths, relative to the folder of the
	// database, with slashes: "dataset.path".
	Locations map[string]string
}

// Run is a recorded run.
type Run struct {
	ID int64
	RunInfo
	Status    Status    // as stored
	State     Status    // Status, Lost, Waiting or Imported
	Error     string    // why it failed or was stopped
	Step      int64     // last training step made, as far as it is recorded
	Started   time.Time // UTC, as all times
	Heartbeat time.Time // last sign of life
	Finished  time.Time // zero while running
	Seconds   float64   // of work on it, without the time between an interruption and its continuation
	Imported  bool      // its weights are another program's; see Import
	pid       int       // process on Host
}

func (info *RunInfo) complete() error {
	for _, field := range []struct{ name, value string }{
		{"method", info.Method}, {"backbone", info.Backbone}, {"dataset", info.Dataset}, {"config hash", info.ConfigHash},
	} {
		if field.value == "" {
			return fmt.Errorf("recording a run: the %s is missing", field.name)
		}
	}
	if info.Seed > math.MaxInt64 {
		return fmt.Errorf("recording a run: seed %d is above %d, the largest that SQLite can hold",
			info.Seed, int64(math.MaxInt64))
	}
	if info.Locations == nil {
		info.Locations = map[string]string{}
	}
	if info.Backend == "" {
		info.Backend = "kontrast"
	}
	if info.Versions == nil {
		info.Versions = map[string]string{}
	}
	if info.UUID == "" {
		var err error
		if info.UUID, err = newUUID(); err != nil {
			return fmt.Errorf("recording a run: %w", err)
		}
	}
	if info.Host == "" {
		info.Host, _ = os.Hostname() // unknown stays empty
	}
	return nil
}

// CreateRun records the start of a run and returns its writer, which keeps
// the heartbeat going until Finish or Close.
func (s *Store) CreateRun(ctx context.Context, info RunInfo) (*RunWriter, error) {
	return s.createRun(ctx, info, func(*sql.Tx) error { return nil })
}

// ClaimRun is CreateRun for the run of a study that is to be made once: if
// there is another of the same study, method, configuration and seed whose
// number is above after, and it goes on or has finished, the error is
// ErrRunning or ErrEnded. Of several processes that claim it at once one gets it.
func (s *Store) ClaimRun(ctx context.Context, info RunInfo, after int64) (*RunWriter, error) {
	return s.createRun(ctx, info, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, selectRun+" WHERE study = ? AND method = ? AND config_hash = ? AND seed = ? AND "+
			"id > ? ORDER BY id",
			info.Study, info.Method, info.ConfigHash, int64(info.Seed), after)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			run, err := s.scanRun(rows.Scan)
			switch {
			case err != nil:
				return err
			case run.State == Running:
				return fmt.Errorf("run %s %w: %s", run.Name, ErrRunning, run.owner(s.options.Now()))
			case run.State == Finished:
				return fmt.Errorf("run %s %w", run.Name, ErrEnded)
			}
		}
		return rows.Err()
	})
}

// createRun records a run unless refuse has something against it.
func (s *Store) createRun(ctx context.Context, info RunInfo, refuse func(*sql.Tx) error) (*RunWriter, error) {
	if err := info.complete(); err != nil {
		return nil, err
	}
	params, err := flatten(info.Config)
	if err != nil {
		return nil, err
	}
	versions, err := json.Marshal(info.Versions)
	if err != nil {
		return nil, err
	}
	locations, err := json.Marshal(info.Locations)
	if err != nil {
		return nil, err
	}
	claim, err := newUUID()
	if err != nil {
		return nil, err
	}
	var id int64
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if err := refuse(tx); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) + 1 FROM runs").Scan(&id); err != nil {
			return err
		}
		if info.Name == "" {
			info.Name = fmt.Sprintf("%s-%d", info.Method, id)
		}
		var taken bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM runs WHERE name = ?)",
			info.Name).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("recording a run: %s has a run named %q already; choose another name", s.path, info.Name)
		}
		now := s.now()
		_, err := tx.ExecContext(ctx, `
			INSERT INTO runs (id, name, study, method, backbone, dataset, seed, config_hash, config,
				started, heartbeat, steps, host, pid, engine, versions, git_commit, method_module, method_version,
				seconds, uuid, parent, claim, locations, backend, device, driver)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, 0, ?, nullif(?, ''), ?, ?, ?, ?, ?)`,
			id, info.Name, info.Study, info.Method, info.Backbone, info.Dataset, int64(info.Seed), info.ConfigHash,
			string(info.Config),
			now, now, info.Steps, info.Host, processID, info.Engine, string(versions), info.GitCommit, info.MethodModule,
			info.MethodVersion,
			info.UUID, info.Parent, claim, string(locations), info.Backend, info.Device, info.Driver)
		if err != nil {
			return err
		}
		for _, p := range params {
			if _, err := tx.ExecContext(ctx, "INSERT INTO params (run, key, value) VALUES (?, ?, ?)",
				id, p.Key, p.Value); err != nil {
				return err
			}
		}
		return info.Data.insert(ctx, tx, id)
	})
	if err != nil {
		return nil, err
	}
	return newRunWriter(s, id, info, point{}, claim), nil
}
