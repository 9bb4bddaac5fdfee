package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/kontrast-ml/kontrast/bench/internal/turns"
	"github.com/kontrast-ml/kontrast/engine/cpu"
)

//go:embed torch_step.py
var torchStep string

type comparison struct {
	run
	rounds          int
	python          string
	modes           []string // of PyTorch, of which the fastest counts
	goBackend, json bool
}

// torchModes are the modes that torch_step.py knows: eager or compiled, by memory format.
var torchModes = []string{"contiguous", "channels_last", "compile", "compile_channels_last"}

// line is a task's line of the table, and the JSON of it.
type line struct {
	Task      string  `json:"task"`
	Batch     int     `json:"batch"`
	EngineMS  float64 `json:"engine_ms"`
	PeerMS    float64 `json:"peer_ms"` // by the peer's fastest mode
	PeerMode  string  `json:"peer_mode,omitempty"`
	Ratio     float64 `json:"ratio"` // of images a second, the engine's over the peer's
	GFLOP     float64 `json:"gflop,omitempty"`
	Share     float64 `json:"share_of_fma_peak,omitempty"`
	CompileMS float64 `json:"compile_ms,omitempty"`
	EngineMB  float64 `json:"engine_peak_mb"`
	PeerMB    float64 `json:"peer_peak_mb"`

	PeerModesMS map[string]float64 `json:"peer_modes_ms,omitempty"` // by each mode that was measured
}

type report struct {
	Processor string  `json:"processor"`
	Tier      string  `json:"tier"`
	Threads   int     `json:"threads"`
	Forward   bool    `json:"forward_only"`
	FMAGFLOPS float64 `json:"fma_gflops"`
	PyTorch   string  `json:"pytorch"`
	Tasks     []line  `json:"tasks"`
	GoBackend *line   `json:"go_backend,omitempty"`
}

// print compares the named tasks, or all of them.
func (c comparison) print(names []string) error {
	chosen, err := turns.Chosen(tasks, names)
	if err != nil {
		return err
	}
	rep := report{Processor: processor(), Tier: cpu.Tier().String(), Threads: c.threads, Forward: c.forward}
	for _, t := range chosen {
		l, err := c.withTorch(t, &rep)
		if err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: engine %.0f ms, PyTorch %.0f ms (%s)\n", l.Task, l.EngineMS, l.PeerMS, l.PeerMode)
		rep.Tasks = append(rep.Tasks, l)
	}
	if c.goBackend {
		l, err := c.withGoBackend()
		if err != nil {
			return err
		}
		rep.GoBackend = &l
	}
	if c.json {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(rep)
	}
	rep.table()
	return nil
}

func (rep report) table() {
	what := "forward, backward and update"
	if rep.Forward {
		what = "forward only"
	}
	fmt.Printf("%s, tier %s, %d threads, %.0f GFLOPS of multiply-adds; PyTorch %s; %s\n",
		rep.Processor, rep.Tier, rep.Threads, rep.FMAGFLOPS, rep.PyTorch, what)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "task\tbatch\tengine ms\tPyTorch ms\tmode\tratio\tGFLOP\tof peak\tcompile ms\tengine MB\tPyTorch MB\t")
	for _, l := range rep.Tasks {
		fmt.Fprintf(w, "%s\t%d\t%.1f\t%.1f\t%s\t%.2f\t%.1f\t%.0f %%\t%.0f\t%.0f\t%.0f\t\n",
			l.Task, l.Batch, l.EngineMS, l.PeerMS, l.PeerMode, l.Ratio, l.GFLOP, 100*l.Share, l.CompileMS, l.EngineMB, l.PeerMB)
	}
	_ = w.Flush()
	if l := rep.GoBackend; l != nil {
		fmt.Printf("GoMLX's Go backend, %s with batch %d: %.0f ms, the engine %.1f ms, ratio %.0f\n",
			l.Task, l.Batch, l.PeerMS, l.EngineMS, l.Ratio)
	}
}

// withTorch alternates processes of the engine and of PyTorch in each mode. The mode with the lowest median counts.
func (c comparison) withTorch(t task, rep *report) (line, error) {
	var ours []result
	theirs := make([][]result, len(c.modes))
	for round := range c.rounds {
		arguments := c.arguments(t)
		if round == 0 {
			arguments = append(arguments, "-flops")
		}
		a, err := c.engine(arguments...)
		if err != nil {
			return line{}, err
		}
		ours = append(ours, a)
		for i, mode := range c.modes {
			b, err := c.torch(t, mode)
			if err != nil {
				return line{}, err
			}
			theirs[i] = append(theirs[i], b)
		}
	}
	best, millis := 0, map[string]float64{}
	for i, mode := range c.modes {
		millis[mode] = median(theirs[i], func(r result) float64 { return r.Millis })
		if millis[mode] < millis[c.modes[best]] {
			best = i
		}
	}
	l := compareResults(t, ours, theirs[best])
	l.PeerMode, l.PeerModesMS = c.modes[best], millis
	first := ours[0]
	first.Millis = l.EngineMS
	l.GFLOP, l.Share = first.GFLOP, first.share()
	rep.FMAGFLOPS, rep.PyTorch = first.FMAGFLOPS, theirs[best][0].Version
	return l, nil
}

// withGoBackend compares a small batch of ResNet-20, of which the Go backend does one step.
func (c comparison) withGoBackend() (line, error) {
	t, err := turns.ByName(tasks, "resnet20")
	if err != nil {
		return line{}, err
	}
	t.batch = 8
	ours, err := c.engine(append(c.arguments(t), "-batch", strconv.Itoa(t.batch))...)
	if err != nil {
		return line{}, err
	}
	theirs, err := c.engine(
		append(c.arguments(t), "-batch", strconv.Itoa(t.batch), "-backend", "go", "-warm-up", "1", "-steps", "1")...,
	)
	if err != nil {
		return line{}, err
	}
	return compareResults(t, []result{ours}, []result{theirs}), nil
}

func compareResults(t task, ours, theirs []result) line {
	l := line{
		Task: t.name, Batch: t.batch,
		EngineMS:  median(ours, func(r result) float64 { return r.Millis }),
		EngineMB:  median(ours, func(r result) float64 { return r.PeakMB }),
		PeerMS:    median(theirs, func(r result) float64 { return r.Millis }),
		PeerMB:    median(theirs, func(r result) float64 { return r.PeakMB }),
		CompileMS: median(ours, func(r result) float64 { return r.CompileMS }),
	}
	l.Ratio = l.PeerMS / l.EngineMS
	return l
}

// share returns the part of the peak that the products of a step reach if the whole step counts.
func (m result) share() float64 {
	if m.FMAGFLOPS == 0 {
		return 0
	}
	return m.GFLOP / (m.Millis / 1000) / m.FMAGFLOPS
}

func (c comparison) arguments(t task) []string {
	arguments := []string{"-json", "-task", t.name, "-threads", strconv.Itoa(c.threads), "-steps",
		strconv.Itoa(c.steps), "-warm-up", strconv.Itoa(c.warmUp)}
	if c.forward {
		arguments = append(arguments, "-forward")
	}
	return arguments
}

// engine measures in a process of this program.
func (c comparison) engine(arguments ...string) (result, error) {
	self, err := os.Executable()
	if err != nil {
		return result{}, err
	}
	return c.output(exec.Command(self, arguments...))
}

func (c comparison) torch(t task, mode string) (result, error) {
	arguments := append(c.arguments(t)[1:], "-mode", mode) // it prints nothing but JSON
	for i, a := range arguments {
		if strings.HasPrefix(a, "-") {
			arguments[i] = "-" + a
		}
	}
	cmd := exec.Command(c.python, append([]string{"-"}, arguments...)...)
	cmd.Stdin = strings.NewReader(torchStep)
	return c.output(cmd)
}

func (c comparison) output(cmd *exec.Cmd) (m result, err error) {
	err = turns.Run(cmd, c.threads, &m)
	return m, err
}

func median(results []result, of func(r result) float64) float64 {
	return of(turns.Median(results, of))
}

// processor returns the name of the processor as Linux tells it.
func processor() string {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for l := range strings.Lines(string(info)) {
		if key, value, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}
