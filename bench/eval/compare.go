package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"text/tabwriter"

	"github.com/kontrast-ml/kontrast/bench/internal/turns"
)

//go:embed peer.py
var peer string

type comparison struct {
	threads, rounds int
	python          string
	json            bool
}

// line is a task's line of the table, and the JSON of it.
type line struct {
	Task   string  `json:"task"`
	Ours   result  `json:"kontrast"` // to its own end
	Peer   result  `json:"peer"`
	Ratio  float64 `json:"ratio"`
	Equal  *result `json:"to_the_same_loss,omitempty"` // of a probe
	Faster float64 `json:"ratio_to_the_same_loss,omitempty"`
}

func (c comparison) print(names []string) error {
	chosen, err := turns.Chosen(tasks, names)
	if err != nil {
		return err
	}
	var lines []line
	for _, t := range chosen {
		l, err := c.compare(t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
		lines = append(lines, l)
	}
	if c.json {
		return json.NewEncoder(os.Stdout).Encode(lines)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "task\tkontrast s\tpeer s\tratio\tpeer\tto the same loss s\tratio")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.2f\t%s", l.Task, l.Ours.Seconds, l.Peer.Seconds, l.Ratio, l.Peer.Version)
		if l.Equal != nil {
			fmt.Fprintf(w, "\t%.3f\t%.2f", l.Equal.Seconds, l.Faster)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

// compare alternates both sides on the same features.
func (c comparison) compare(t task) (l line, err error) {
	folder, err := os.MkdirTemp("", "eval")
	if err != nil {
		return l, err
	}
	defer os.RemoveAll(folder)
	if err := t.write(folder); err != nil {
		return l, err
	}
	self, err := os.Executable()
	if err != nil {
		return l, err
	}
	ours := func(tolerance float64) func() (result, error) {
		return func() (result, error) {
			return c.process(self, "-task", t.name, "-data", folder, "-threads", strconv.Itoa(c.threads), "-json",
				"-tolerance", strconv.FormatFloat(tolerance, 'g', -1, 64))
		}
	}
	peers := func() (result, error) {
		return c.process(c.python, "-c", peer, t.peer, folder, strconv.Itoa(c.threads))
	}
	sides := []func() (result, error){ours(0), peers}
	if t.test == 0 {
		tolerance, err := c.sameLoss(ours, peers)
		if err != nil {
			return l, err
		}
		sides = append(sides, ours(tolerance))
	}
	measured := make([][]result, len(sides))
	for range c.rounds {
		for i, side := range sides {
			m, err := side()
			if err != nil {
				return l, err
			}
			measured[i] = append(measured[i], m)
		}
	}
	l = line{Task: t.name, Ours: median(measured[0]), Peer: median(measured[1])}
	l.Ratio = l.Peer.Seconds / l.Ours.Seconds
	if t.test == 0 {
		equal := median(measured[2])
		l.Equal, l.Faster = &equal, l.Peer.Seconds/equal.Seconds
	}
	return l, nil
}

// sameLoss is the first tolerance, each a sixth below the one before, with which the objective is no higher than the
// peer's.
func (c comparison) sameLoss(ours func(float64) func() (result, error), peers func() (result, error)) (float64, error) {
	reference, err := peers()
	if err != nil {
		return 0, err
	}
	for tolerance := 1e-2; tolerance > 1e-7; tolerance /= 1.2 {
		m, err := ours(tolerance)()
		if err != nil {
			return 0, err
		}
		if m.Objective <= reference.Objective {
			return tolerance, nil
		}
	}
	return 0, fmt.Errorf("the probe does not reach the objective %v of %s", reference.Objective, reference.Version)
}

// process runs a program that prints a result.
func (c comparison) process(name string, args ...string) (m result, err error) {
	err = turns.Run(exec.Command(name, args...), c.threads, &m)
	return m, err
}

// median is the result with the median of the seconds.
func median(results []result) result {
	return turns.Median(results, func(r result) float64 { return r.Seconds })
}
