package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/kontrast-ml/kontrast/bench/internal/turns"
)

//go:embed peer.py
var peer string

// Trainings of both lengths tell the speed of steps from what a start and an evaluation cost.
const shortEpochs, longEpochs = 1, 3

type comparison struct {
	threads, rounds, scale int
	data, python           string
	json                   bool
}

// line is a task's line of the table, and the JSON of it.
type line struct {
	Task  string  `json:"task"`
	Ours  float64 `json:"kontrast"` // images a second
	Peer  float64 `json:"peer"`
	Ratio float64 `json:"ratio"`
	Of    string  `json:"peer_version"`
}

func (c comparison) print(ctx context.Context, names []string) error {
	wanted, err := turns.Chosen(tasks, names)
	if err != nil {
		return err
	}
	var chosen []task
	small, large := 0, 0
	for _, t := range wanted {
		t.images *= c.scale
		if t.size == 32 {
			small = max(small, t.images)
		} else {
			large = photos * c.scale
		}
		chosen = append(chosen, t)
	}
	folder, err := os.MkdirTemp("", "images")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := write(ctx, c.data, folder, small, large); err != nil {
		return err
	}
	program := filepath.Join(folder, "kontrast")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "github.com/kontrast-ml/kontrast/cmd/kontrast")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building kontrast: %w", err)
	}
	var lines []line
	for _, t := range chosen {
		l, err := c.compare(ctx, t, folder, program)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		lines = append(lines, l)
	}
	if c.json {
		return json.NewEncoder(os.Stdout).Encode(lines)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "task\tkontrast images/s\tpeer images/s\tratio\tpeer")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.2f\t%s\n", l.Task, l.Ours, l.Peer, l.Ratio, l.Of)
	}
	return w.Flush()
}

// compare alternates both sides.
func (c comparison) compare(ctx context.Context, t task, folder, program string) (l line, err error) {
	var ours, theirs []result
	for range c.rounds {
		a, err := c.ours(ctx, t, folder, program)
		if err != nil {
			return l, err
		}
		b, err := c.theirs(ctx, t, folder)
		if err != nil {
			return l, err
		}
		ours, theirs = append(ours, a), append(theirs, b)
	}
	speed := func(r result) float64 { return r.Images }
	a, b := turns.Median(ours, speed), turns.Median(theirs, speed)
	return line{t.name, a.Images, b.Images, a.Images / b.Images, b.Version}, nil
}

// bound is a command on as many processors as it is to have threads: a number of
// threads does not bound the processes that PyTorch reads images by.
func bound(ctx context.Context, threads int, name string, args ...string) *exec.Cmd {
	if threads >= runtime.NumCPU() {
		return exec.CommandContext(ctx, name, args...)
	}
	return exec.CommandContext(ctx, "taskset", append([]string{"-c", "0-" + strconv.Itoa(threads-1), name}, args...)...)
}

func (c comparison) theirs(ctx context.Context, t task, folder string) (m result, err error) {
	threads := c.threads
	if t.method == "" {
		threads = 1
	}
	cmd := bound(ctx, threads, c.python, "-c", peer, t.name, t.folder(folder), strconv.Itoa(threads),
		strconv.Itoa(t.size), strconv.Itoa(t.images), strconv.Itoa(t.batch), strconv.Itoa(longEpochs))
	// Otherwise glibc returns the memory of each image to the system, and Pillow, where that is slow, takes up to twice
	// the time.
	cmd.Env = []string{"MALLOC_MMAP_THRESHOLD_=1073741824", "MALLOC_TRIM_THRESHOLD_=1073741824"}
	err = turns.Run(cmd, threads, &m)
	return m, err
}

func (c comparison) ours(ctx context.Context, t task, folder, program string) (m result, err error) {
	if t.method == "" {
		self, err := os.Executable()
		if err != nil {
			return m, err
		}
		err = turns.Run(exec.CommandContext(ctx, self, "-task", t.name, "-images", folder), 1, &m)
		return m, err
	}
	var seconds [2]float64
	for i, epochs := range []int{shortEpochs, longEpochs} {
		begin := time.Now()
		if err := c.train(ctx, t, folder, program, epochs); err != nil {
			return m, err
		}
		seconds[i] = time.Since(begin).Seconds()
	}
	steps := t.images / t.batch * (longEpochs - shortEpochs)
	m.Images = float64(steps*t.batch) / (seconds[1] - seconds[0])
	return m, nil
}

// train makes a training by the command line, as users do, into a database that is thrown away.
func (c comparison) train(ctx context.Context, t task, folder, program string, epochs int) error {
	results, err := os.MkdirTemp(folder, "results")
	if err != nil {
		return err
	}
	defer os.RemoveAll(results)
	cmd := bound(ctx, c.threads, program, "run", "--quiet", "--db", filepath.Join(results, "run.db"),
		"--method", t.method, "--backbone", t.backbone, "--dataset", "folder", "--recipe", t.recipe,
		"--epochs", strconv.Itoa(epochs), "--batch-size", strconv.Itoa(t.batch),
		"--set", "dataset.path="+t.folder(folder), "--set", "dataset.test="+filepath.Join(folder, "test"),
		"--set", "dataset.limit="+strconv.Itoa(t.images), "--set", "views.size="+strconv.Itoa(t.size),
		"--set", "eval.linear.skip=true")
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(c.threads))
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}
