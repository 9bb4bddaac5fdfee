package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"github.com/kontrast-ml/kontrast/bench/internal/turns"
)

// measured is a row of the table, and the JSON of it.
type measured struct {
	Row     string  `json:"row"`
	Work    string  `json:"work"`
	Threads int     `json:"threads"`
	Ours    float64 `json:"kontrast"`
	Peer    float64 `json:"peer"`
	Unit    string  `json:"unit"`  // of both
	Ratio   float64 `json:"ratio"` // of speeds, above 1 if kontrast is faster
	Of      string  `json:"peer_version"`
	Goal    float64 `json:"goal"`
	Before  float64 `json:"before,omitempty"`
	Share   float64 `json:"share_of_fma_peak,omitempty"` // of a training step
	Seconds float64 `json:"seconds"`                     // that measuring took
}

// benches are the programs that measure, and what they are told.
type benches struct {
	python, data, modes string
	rounds              int
	programs            string // folder of those that are built
}

// measure makes one row.
func (b *benches) measure(ctx context.Context, r row, threads int) (measured, error) {
	m := measured{Row: r.name, Work: r.work, Threads: threads, Goal: r.goal}
	if threads == 2 || r.single {
		m.Before = r.before
	}
	program, err := b.program(ctx, r.bench)
	if err != nil {
		return m, err
	}
	if r.bench == features {
		return m, b.features(ctx, program, r, threads, &m)
	}
	arguments := []string{"-compare", "-json", "-threads", strconv.Itoa(threads), "-rounds", strconv.Itoa(b.rounds),
		"-python", b.python}
	switch r.bench {
	case steps:
		arguments = append(arguments, "-modes", b.modes, "-go=false")
	case images:
		arguments = append(arguments, "-data", b.data)
	}
	cmd := group(ctx, program, append(arguments, r.task)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return m, fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return m, m.take(r.bench, out)
}

// group is a program that is killed with all that it started.
func group(ctx context.Context, program string, arguments ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// program builds a benchmark once.
func (b *benches) program(ctx context.Context, bench string) (string, error) {
	path := filepath.Join(b.programs, strings.ReplaceAll(bench, "/", "-"))
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	arguments := []string{"build", "-o", path, "github.com/kontrast-ml/kontrast/" + bench}
	if bench == features {
		arguments[0] = "test"
		arguments = append(arguments[:1], append([]string{"-c"}, arguments[1:]...)...)
	}
	cmd := exec.CommandContext(ctx, "go", arguments...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("building %s: %w", bench, err)
	}
	return path, nil
}

// take reads the JSON that a benchmark printed for one task.
func (m *measured) take(bench string, out []byte) error {
	switch bench {
	case steps:
		var report struct {
			PyTorch string
			Tasks   []struct {
				Ours  float64 `json:"engine_ms"`
				Peer  float64 `json:"peer_ms"`
				Mode  string  `json:"peer_mode"`
				Ratio float64
				Share float64 `json:"share_of_fma_peak"`
			}
		}
		if err := decode(out, &report, func() int { return len(report.Tasks) }); err != nil {
			return err
		}
		t := report.Tasks[0]
		m.Ours, m.Peer, m.Ratio, m.Unit, m.Share = t.Ours, t.Peer, t.Ratio, "ms a step", t.Share
		m.Of = "PyTorch " + report.PyTorch + ", " + t.Mode
	case images:
		var lines []struct {
			Ours  float64 `json:"kontrast"`
			Peer  float64
			Ratio float64
			Of    string `json:"peer_version"`
		}
		if err := decode(out, &lines, func() int { return len(lines) }); err != nil {
			return err
		}
		l := lines[0]
		m.Ours, m.Peer, m.Ratio, m.Of, m.Unit = l.Ours, l.Peer, l.Ratio, l.Of, "images a second"
	case eval:
		type result struct {
			Seconds float64
			Version string
		}
		var lines []struct {
			Ours   result `json:"kontrast"`
			Peer   result
			Ratio  float64
			Equal  *result `json:"to_the_same_loss"`
			Faster float64 `json:"ratio_to_the_same_loss"`
		}
		if err := decode(out, &lines, func() int { return len(lines) }); err != nil {
			return err
		}
		l := lines[0]
		m.Ours, m.Peer, m.Ratio, m.Of, m.Unit = l.Ours.Seconds, l.Peer.Seconds, l.Ratio, l.Peer.Version, "s"
		if l.Equal != nil {
			m.Ours, m.Ratio = l.Equal.Seconds, l.Faster
		}
	}
	return nil
}

// decode reads JSON, of which count tells how many tasks it has: one is expected.
func decode(out []byte, into any, count func() int) error {
	err := json.Unmarshal(out, into)
	if err == nil && count() != 1 {
		err = fmt.Errorf("%d tasks, expected one", count())
	}
	if err != nil {
		return fmt.Errorf("%.200q: %w", out, err)
	}
	return nil
}

// speedLine is a line of Go's benchmark of features: which it is, and its images a second.
var speedLine = regexp.MustCompile(`(?m)^BenchmarkFeatures/[^/\s]+/(features|forward)\S*\s.*?([0-9.e+]+) images/s`)

// features sets features beside the forward passes alone, of which a process of the benchmark measures both.
func (b *benches) features(ctx context.Context, program string, r row, threads int, m *measured) error {
	type pair struct{ features, forward float64 }
	var pairs []pair
	for range b.rounds {
		cmd := group(ctx, program, "-test.run", "^$", "-test.bench", "^BenchmarkFeatures$/^"+r.task+"$",
			"-test.benchtime", "3s")
		cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(threads))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
		}
		found := map[string]float64{}
		for _, match := range speedLine.FindAllSubmatch(out, -1) {
			if found[string(match[1])], err = strconv.ParseFloat(string(match[2]), 64); err != nil {
				return err
			}
		}
		p := pair{found["features"], found["forward"]}
		if p.features == 0 || p.forward == 0 {
			return fmt.Errorf("%.300q: expected the speeds of features and of forward passes", out)
		}
		pairs = append(pairs, p)
	}
	middle := turns.Median(pairs, func(p pair) float64 { return p.features / p.forward })
	m.Ours, m.Peer, m.Ratio, m.Unit = middle.features, middle.forward, middle.features/middle.forward, "images a second"
	m.Of = "the forward passes alone"
	return nil
}
