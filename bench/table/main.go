// Command table measures every row of the table of speeds in docs/engine.md, each beside its peer and in turns with it,
// by the benchmarks in the folders beside this one, on one thread and on two.
//
//	bench/peers.sh ~/peers
//	go run ./bench/table -python ~/peers/bin/python -data cifar10-train.tar > table.md
//
// Arguments choose rows; -list names them. -json prints all numbers of the table, and the seconds that each row took.
// All of it takes hours, most of them PyTorch's: its compilation is measured, too, unless -modes leaves it out. With
// -keep FILE, each row is kept there as it is measured, and one that is there already is not measured again.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/kontrast-ml/kontrast/bench/internal/turns"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("table: ")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx); err != nil {
		log.Fatal(err)
	}
}

func command(ctx context.Context) error {
	var b benches
	flag.StringVar(&b.python, "python", "python3", "a Python with what bench/peers.sh installs")
	flag.StringVar(&b.data, "data", "",
		"CIFAR-10's training images, a folder for each class, in a folder or an archive, of which files are made")
	flag.IntVar(&b.rounds, "rounds", 3, "processes of each side")
	flag.StringVar(&b.modes, "modes", "contiguous,channels_last,compile,compile_channels_last",
		"PyTorch's modes of training steps, of which the fastest counts")
	threads := flag.String("threads", "1,2", "numbers of threads")
	asJSON := flag.Bool("json", false, "print JSON")
	keep := flag.String("keep", "", "a file of JSON lines of measured rows, which grows, and whose rows are not measured again")
	list := flag.Bool("list", false, "list the rows and measure nothing")
	flag.Parse()
	chosen, err := turns.Chosen(rows, flag.Args())
	if err != nil {
		return err
	}
	if *list {
		for _, r := range chosen {
			fmt.Printf("%-18s %s; goal %g\n", r.name, r.work, r.goal)
		}
		return nil
	}
	counts, err := numbers(*threads)
	switch {
	case err != nil:
		return err
	case b.rounds < 1:
		return errors.New("-rounds must be at least 1")
	case b.data == "" && needImages(chosen):
		return errors.New("-data is missing: name the folder or archive of CIFAR-10's training images, or rows that need none")
	}
	if b.programs, err = os.MkdirTemp("", "table"); err != nil {
		return err
	}
	defer os.RemoveAll(b.programs)
	kept, err := open(*keep)
	if err != nil {
		return err
	}
	var done []measured
	for _, r := range chosen {
		for _, n := range counts {
			if r.single && n > 1 {
				continue
			}
			m, ok := kept.of(r, n)
			if !ok {
				begin := time.Now()
				if m, err = b.measure(ctx, r, n); err != nil {
					return fmt.Errorf("%s, threads %d: %w", r.name, n, err)
				}
				m.Seconds = time.Since(begin).Seconds()
				log.Printf("%s, threads %d: %.2f, goal %g, in %.0f s", r.name, n, m.Ratio, r.goal, m.Seconds)
				if err := kept.add(m); err != nil {
					return err
				}
			}
			done = append(done, m)
		}
	}
	if *asJSON {
		out := json.NewEncoder(os.Stdout)
		out.SetIndent("", "  ")
		return out.Encode(done)
	}
	write(os.Stdout, done)
	return nil
}

// numbers reads positive numbers with commas between them.
func numbers(list string) (all []int, err error) {
	for text := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-threads %s: expected numbers of at least 1 with commas between them", list)
		}
		all = append(all, n)
	}
	return all, nil
}

func needImages(chosen []row) bool {
	for _, r := range chosen {
		if r.bench == images {
			return true
		}
	}
	return false
}
