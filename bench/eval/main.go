// Command eval measures the evaluations of frozen features: nearest neighbors and the linear probe.
//
//	eval -task knn -threads 2
//
// With -compare it makes features, gives the same ones to itself and to a peer in Python (peer.py, which it carries
// along), and alternates fresh processes of both for the tasks named, or for all. The peers are PyTorch for 10,000
// training samples, FAISS (IndexFlatIP) for 50,000, and scikit-learn's LogisticRegression for the probes. Printed are
// the medians of the seconds and their ratio, above 1 if kontrast is faster. A probe is measured twice: to its own end,
// and to where its objective is no higher than scikit-learn's:
//
//	eval -compare -rounds 3 -python PATH knn probe
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/kontrast-ml/kontrast/bench/internal/turns"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("eval: ")
	if err := command(); err != nil {
		log.Fatal(err)
	}
}

func command() error {
	threads := flag.Int("threads", 2, "number of threads")
	name := flag.String("task", "knn", "one of "+strings.Join(turns.Names(tasks), ", "))
	data := flag.String("data", "", "folder of the features that -compare made; empty makes them")
	tolerance := flag.Float64("tolerance", 0, "tolerance of the probe; 0 is its own")
	asJSON := flag.Bool("json", false, "print JSON")
	compare := flag.Bool("compare", false, "compare the tasks given as arguments, or all, with their peers")
	rounds := flag.Int("rounds", 3, "with -compare: processes of each side")
	python := flag.String("python", "python3", "with -compare: a Python with torch, faiss and scikit-learn")
	flag.Parse()
	if *threads < 1 || *rounds < 1 {
		return fmt.Errorf("-threads and -rounds must be at least 1")
	}
	if *compare {
		return comparison{*threads, *rounds, *python, *asJSON}.print(flag.Args())
	}
	t, err := turns.ByName(tasks, *name)
	if err != nil {
		return err
	}
	m, err := t.measure(*threads, *data, *tolerance)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(os.Stdout).Encode(m)
	}
	fmt.Printf("%s %.3f s", t.name, m.Seconds)
	if m.Iterations > 0 {
		fmt.Printf(", %d iterations, objective %.6f", m.Iterations, m.Objective)
	}
	fmt.Println()
	return nil
}
