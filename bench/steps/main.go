// Command steps measures training steps on the engine: forward, backward and update of a backbone with a linear
// classifier. With -backend it measures another GoMLX backend. It prints milliseconds a step, the median of several.
//
//	steps -task resnet20 -threads 2
//
// With -compare it alternates fresh processes of itself and of PyTorch (torch_step.py, which it carries along) for the
// tasks named, or for all. PyTorch runs eagerly and by torch.compile, each contiguous and channels_last. Printed are
// the medians of the engine and of PyTorch's fastest mode, and the ratio of images a second, above 1 if the engine is
// faster:
//
//	steps -compare -threads 2 -rounds 5 -python PATH resnet20 vit-ti
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"

	_ "github.com/gomlx/compute/gobackend" // the backend "go"

	"github.com/kontrast-ml/kontrast/bench/internal/turns"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("steps: ")
	if err := command(); err != nil {
		log.Fatal(err)
	}
}

func command() error {
	var r run
	flag.IntVar(&r.threads, "threads", 2, "number of threads")
	flag.IntVar(&r.steps, "steps", 10, "number of steps measured")
	flag.IntVar(&r.warmUp, "warm-up", 2, "number of steps before, which are not measured")
	flag.BoolVar(&r.forward, "forward", false, "measure the forward pass only")
	flag.BoolVar(&r.flops, "flops", false, "count the operations of a step too, and measure the peak")
	flag.StringVar(&r.backend, "backend", "", "GoMLX backend configuration; empty is the engine")
	name := flag.String("task", "resnet20", fmt.Sprintf("one of %v", turns.Names(tasks)))
	batch := flag.Int("batch", 0, "images of a batch; 0 is the task's own number")
	profile := flag.String("profile", "", "write a CPU profile to this file")
	asJSON := flag.Bool("json", false, "print JSON")
	compare := flag.Bool("compare", false, "compare the tasks given as arguments, or all, with PyTorch")
	rounds := flag.Int("rounds", 5, "with -compare: processes of each side")
	python := flag.String("python", "python3", "with -compare: a Python that has torch and torchvision")
	modes := flag.String(
		"modes", strings.Join(torchModes, ","), "with -compare: PyTorch's modes to measure, of which the fastest counts",
	)
	goBackend := flag.Bool("go", true, "with -compare: also compare with GoMLX's Go backend, on a small batch")
	flag.Parse()
	if r.threads < 1 || r.steps < 1 || r.warmUp < 0 || *rounds < 1 {
		return fmt.Errorf("-threads, -steps and -rounds must be at least 1, -warm-up at least 0")
	}
	if *compare {
		chosen := strings.Split(*modes, ",")
		for _, mode := range chosen {
			if !slices.Contains(torchModes, mode) {
				return fmt.Errorf("-modes: unknown mode %q: the modes are %s", mode, strings.Join(torchModes, ", "))
			}
		}
		return comparison{
			run: r, rounds: *rounds, python: *python, modes: chosen, goBackend: *goBackend, json: *asJSON,
		}.print(flag.Args())
	}
	t, err := turns.ByName(tasks, *name)
	if err != nil {
		return err
	}
	if *batch > 0 {
		t.batch = *batch
	}
	runtime.GOMAXPROCS(r.threads)
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	m, err := t.measure(r)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(m)
	}
	fmt.Printf("%s %.2f ms/step %.1f images/s (compiled in %.0f ms, first step %.0f ms, %.0f MB)\n",
		t.name, m.Millis, float64(t.batch)*1000/m.Millis, m.CompileMS, m.FirstMS, m.PeakMB)
	if r.flops {
		fmt.Printf("%.1f GFLOP a step, %.0f %% of %.0f GFLOPS\n", m.GFLOP, 100*m.share(), m.FMAGFLOPS)
	}
	return nil
}
