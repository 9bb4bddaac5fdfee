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
// that it ran on, is gone.
const (
	Running     Status = "running"
	Finished    Status = "finished"
	Failed      Status = "failed"      // ended by an error
	Interrupted Status = "interrupted" // ended by the user or a signal
	Stopped     Status = "stopped"     // ended by a rule, as when the loss is NaN
	Lost        Status = "lost"
)

// RunInfo describes a run to be recorded. Method, Backbone, Dataset, Config and
// ConfigHash are required.
type RunInfo struct {
	Name       string          // short name, unique in the database; empty means method-number
	Study      string          // the comparison that the run belongs to; empty for none
	Method     string          // registered name
	Backbone   string          // registered name
	Dataset    string          // registered name of the data set trained on
	Seed       uint64          // at most 2⁶³-1
	Config     json.RawMessage // the whole configuration, a JSON object; recorded in params value by value too
	ConfigHash string          // equal for runs that differ in the seed only, or in what changes no number; see config.Hash
	Steps      int64           // training steps planned; 0 if unknown

	Host          string            // name of the machine; empty means this one's
	Engine        string            // compute backend and what it runs on
	Versions      map[string]string // of the software, such as go, kontrast, gomlx
	GitCommit     string            // of the program
	MethodModule  string            // module path that the method came from
	MethodVersion string            // version of that module
}

// Run is a recorded run.
type Run struct {
	ID int64
	RunInfo
	Status    Status    // as stored
	State     Status    // Status, or Lost
	Error     string    // why it failed or was stopped
	Step      int64     // last training step that logged a metric
	Started   time.Time // UTC, as all times
	Heartbeat time.Time // last sign of life
	Finished  time.Time // zero while running
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
		return fmt.Errorf("recording a run: seed %d is above %d, the largest that SQLite can hold", info.Seed, int64(math.MaxInt64))
	}
	if info.Versions == nil {
		info.Versions = map[string]string{}
	}
	if info.Host == "" {
		info.Host, _ = os.Hostname() // unknown stays empty
	}
	return nil
}

// CreateRun records the start of a run and returns its writer, which keeps
// the heartbeat going until Finish or Close.
func (s *Store) CreateRun(ctx context.Context, info RunInfo) (*RunWriter, error) {
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
	var id int64
	err = s.transact(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(id), 0) + 1 FROM runs").Scan(&id); err != nil {
			return err
		}
		if info.Name == "" {
			info.Name = fmt.Sprintf("%s-%d", info.Method, id)
		}
		var taken bool
		if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM runs WHERE name = ?)", info.Name).Scan(&taken); err != nil {
			return err
		}
		if taken {
			return fmt.Errorf("recording a run: %s has a run named %q already; choose another name", s.path, info.Name)
		}
		now := s.now()
		_, err := tx.ExecContext(ctx, `
			INSERT INTO runs (id, name, study, method, backbone, dataset, seed, config_hash, config,
				started, heartbeat, steps, host, pid, engine, versions, git_commit, method_module, method_version)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?)`,
			id, info.Name, info.Study, info.Method, info.Backbone, info.Dataset, int64(info.Seed), info.ConfigHash, string(info.Config),
			now, now, info.Steps, info.Host, processID, info.Engine, string(versions), info.GitCommit, info.MethodModule, info.MethodVersion)
		if err != nil {
			return err
		}
		for _, p := range params {
			if _, err := tx.ExecContext(ctx, "INSERT INTO params (run, key, value) VALUES (?, ?, ?)", id, p.Key, p.Value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return newRunWriter(s, id, info.Name, 0), nil
}
