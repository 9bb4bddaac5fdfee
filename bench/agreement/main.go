// Command agreement trains methods in lock-step with the code of others: the same weights, the same views of CIFAR-10
// images in the same order, the same settings. Here are kontrast's hooks, layers, optimizers and schedules; beside them
// run lightly's, open_clip's and DINO's own code (peer.py, which it carries along).
//
//	agreement -python PATH -data cifar10-train.tar -dino CLONE -figure lockstep.svg
//
// It prints how far kontrast's losses and weights are from PyTorch's, in PyTorch's own distance from itself, and draws
// all steps. PATH is a Python with torch, lightly and open_clip_torch; CLONE is one of
// https://github.com/facebookresearch/dino, without which DINO's rows are left out. Arguments choose rows.
//
// With -test it evaluates the same features on both sides instead, beside the evaluation code of lightly, DINO,
// solo-learn (a clone of https://github.com/vturrisi/solo-learn) and scikit-learn:
//
//	agreement -python PATH -data cifar10-train.tar -test cifar10-test.tar -dino CLONE -solo CLONE
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"github.com/kontrast-ml/kontrast/engine"
	"github.com/kontrast-ml/kontrast/framework/data"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("agreement: ")
	if err := command(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func command(ctx context.Context) error {
	var p peer
	flag.StringVar(&p.python, "python", "python3", "a Python with torch, lightly and open_clip_torch")
	flag.StringVar(&p.dino, "dino", "", "a clone of facebookresearch/dino; empty leaves DINO out")
	flag.IntVar(&p.moved, "moved", 6, "weights that are moved by 1e-7, each in a training of PyTorch's own")
	flag.StringVar(&p.solo, "solo", "", "with -test: a clone of vturrisi/solo-learn; empty leaves it out")
	flag.StringVar(&p.kept, "keep", "", "keep PyTorch's trainings in this folder, and take what is there; empty for neither")
	images := flag.String("data", "", "CIFAR-10's training images: a folder for each class, in a directory or an archive")
	test := flag.String("test", "", "CIFAR-10's test images: compare evaluations")
	steps := flag.Int("steps", 300, "steps of each training, which has three epochs")
	asJSON := flag.Bool("json", false, "print the distances of all steps as JSON, besides")
	drawing := flag.String("figure", "", "write the figure of all steps to this SVG file")
	flag.Parse()
	if *images == "" {
		return errors.New("-data is missing: name the folder or archive of CIFAR-10's training images")
	}
	if *steps < epochs || p.moved < 1 {
		return fmt.Errorf("-steps must be at least %d, -moved at least 1", epochs)
	}
	chosen, err := chooseRows(flag.Args(), p.dino != "")
	if err != nil {
		return err
	}
	backend, err := compute.NewWithConfig(engine.Name + ":threads=1")
	if err != nil {
		return err
	}
	defer backend.Finalize()
	if *test != "" {
		return p.compareEvaluations(ctx, os.Stdout, backend, *images, *test)
	}
	dataset, err := openImages(ctx, *images, *steps/epochs*batchSize)
	if err != nil {
		return err
	}
	done, err := p.compareTrainings(ctx, backend, dataset, chosen, *steps/epochs)
	if err != nil {
		return err
	}
	printTable(os.Stdout, done)
	if *asJSON {
		if err := json.NewEncoder(os.Stdout).Encode(done); err != nil {
			return err
		}
	}
	if *drawing != "" {
		return drawFigure(done, *drawing)
	}
	return nil
}

// compareTrainings trains all rows: first the reference's side, in one process, then ours.
func (p peer) compareTrainings(
	ctx context.Context, backend compute.Backend, dataset data.Dataset, chosen []row, perEpoch int,
) (done []agreement, err error) {
	folder := p.kept
	if folder == "" {
		if folder, err = os.MkdirTemp("", "agreement"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(folder)
	}
	var missing []string
	for _, r := range chosen {
		of := filepath.Join(folder, r.name)
		found, err := r.prepareFor(ctx, p, dataset, perEpoch, of)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		if !found {
			missing = append(missing, of)
		}
	}
	if len(missing) > 0 {
		if _, err := p.run(ctx, folder, "peer.py", peerScript, missing...); err != nil {
			return nil, err
		}
	}
	for _, r := range chosen {
		reference, err := read(filepath.Join(folder, r.name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		a, err := r.inLockStep(ctx, backend, dataset, reference, perEpoch)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.name, err)
		}
		done = append(done, a)
	}
	return done, nil
}

// chooseRows returns the rows of these names, or all that can run.
func chooseRows(names []string, withDINO bool) (chosen []row, err error) {
	all := rows()
	known := make([]string, len(all))
	for i, r := range all {
		known[i] = r.name
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("unknown row %q: the rows are %s", name, strings.Join(known, ", "))
		}
	}
	for _, r := range all {
		switch wanted := len(names) == 0 || slices.Contains(names, r.name); {
		case wanted && (withDINO || !r.official):
			chosen = append(chosen, r)
		case wanted:
			fmt.Fprintf(os.Stderr, "%s is left out: it needs -dino\n", r.name)
		}
	}
	return chosen, nil
}
