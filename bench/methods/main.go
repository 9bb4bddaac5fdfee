// Command methods measures training steps of contrastive methods beside bare steps: the same passes of the same
// backbone, those that are trained with a linear classifier, cross entropy and SGD, those of a momentum encoder forward
// only. What the quotient has above 1 is what the method costs besides its passes.
//
// With -heads the bare step has the method's heads and decoders, too, and what is above 1 is what its loss, negatives,
// memories and updates cost besides all passes.
//
// It alternates the two and prints, for each method, the median time of a step, images a second, the time of the bare
// step and the median of the quotients. With -alone it makes no bare steps, so that the peak memory is the method's.
// compare.sh in the same directory runs all of it, beside PyTorch where that has a peer.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strings"
	"time"

	"github.com/kontrast-ml/kontrast/backbones"
	"github.com/kontrast-ml/kontrast/bench/internal/clock"
	"github.com/kontrast-ml/kontrast/bench/internal/memory"
	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/framework"
	"github.com/kontrast-ml/kontrast/methods"
)

func main() {
	log.SetFlags(0)
	names := flag.String("methods", "", "comma-separated methods; empty for all")
	backbone := flag.String("backbone", "resnet20", "name of the backbone, with its default settings")
	size := flag.Int("size", 32, "height and width of the images in pixels")
	batch := flag.Int("batch", 128, "samples a step")
	threads := flag.Int("threads", 2, "number of threads")
	steps := flag.Int("steps", 10, "steps measured, after two that are not")
	cpu := flag.Bool("cpu", false, "measure the processor time of the process instead of the clock's, for a machine "+
		"that is busy with other things; with -threads 1, as waiting threads spin")
	heads := flag.Bool("heads", false, "give bare steps the heads and decoders, too: all passes of the method's first hook")
	alone := flag.Bool("alone", false, "make no bare steps; print the peak memory")
	list := flag.Bool("list", false, "list the methods and do nothing")
	needs := flag.String("needs", "", "print what this method needs of its backbone, patches or nothing, and do nothing")
	profile := flag.String("profile", "", "write a CPU profile to this file")
	flag.Parse()
	if *list {
		for _, factory := range methods.Builtin() {
			fmt.Println(factory.Name)
		}
		return
	}
	if *needs != "" {
		chosen, err := choose(*needs)
		if err != nil {
			log.Fatal(err)
		}
		if chosen[0].Patches {
			fmt.Println("patches")
		}
		return
	}
	runtime.GOMAXPROCS(*threads)
	backend, err := engine.New(engine.Options{Threads: *threads})
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	b := &bench{backend: backend, size: *size, batch: *batch, heads: *heads, now: sinceStart}
	if *cpu {
		b.now = clock.Processor
	}
	if b.network, err = network(*backbone, *size); err != nil {
		log.Fatal(err)
	}
	chosen, err := choose(*names)
	if err != nil {
		log.Fatal(err)
	}
	if *profile != "" {
		file, err := os.Create(*profile)
		if err != nil {
			log.Fatal(err)
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			log.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	for _, factory := range chosen {
		if err := b.report(factory, *steps, *alone); err != nil {
			log.Fatal(err)
		}
	}
}

func network(name string, size int) (framework.Backbone, error) {
	for _, f := range backbones.Builtin() {
		if f.Name == name {
			return f.New(f.Defaults(), size, 3)
		}
	}
	return nil, fmt.Errorf("methods: no backbone %q", name)
}

func choose(names string) ([]framework.Factory, error) {
	registry, err := framework.NewRegistry("method", methods.Builtin()...)
	if err != nil || names == "" {
		return methods.Builtin(), err
	}
	var chosen []framework.Factory
	for name := range strings.SplitSeq(names, ",") {
		factory, err := registry.Get(name)
		if err != nil {
			return nil, err
		}
		chosen = append(chosen, factory)
	}
	return chosen, nil
}

// report prints the line of a method.
func (b *bench) report(factory framework.Factory, steps int, alone bool) error {
	m, err := b.newMethod(factory)
	if err != nil {
		return err
	}
	defer m.close()
	const warmUp = 2
	var ours, bare []time.Duration
	var quotients []float64
	var plain stepping
	for i := range steps + warmUp {
		start := b.now()
		if err := m.step(i); err != nil {
			return err
		}
		elapsed := b.now() - start
		if plain == nil && !alone {
			if plain, err = b.newBare(m); err != nil {
				return err
			}
			defer plain.close()
		}
		if i < warmUp {
			debug.FreeOSMemory()
		} else {
			ours = append(ours, elapsed)
		}
		if alone {
			continue
		}
		start = b.now()
		if err := plain.step(i); err != nil {
			return err
		}
		if i >= warmUp {
			bare = append(bare, b.now()-start)
			quotients = append(quotients, elapsed.Seconds()/bare[len(bare)-1].Seconds())
		}
	}
	of := milliseconds(median(ours))
	fmt.Printf("%-12s %9.1f ms/step %8.1f images/s", factory.Name, of, float64(b.batch)*1000/of)
	if alone {
		fmt.Printf(" %7.0f MiB peak\n", memory.Peak())
		return nil
	}
	fmt.Printf(" %9.1f ms bare  ratio %.3f  %s\n", milliseconds(median(bare)), median(quotients), m.passes())
	return nil
}

// stepping is what makes steps.
type stepping interface {
	step(i int) error
	close()
}

// newBare makes the bare step of a method that has made a step.
func (b *bench) newBare(m *method) (stepping, error) {
	if b.heads {
		return b.newPasses(m)
	}
	return b.newBareStep(m)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func median[T time.Duration | float64](values []T) T {
	slices.Sort(values)
	return values[len(values)/2]
}

var started = time.Now()

func sinceStart() time.Duration { return time.Since(started) }
