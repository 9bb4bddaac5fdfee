// Command images measures what image files cost: decoding, views, and whole trainings that begin at files.
//
//	images -task decode -images FOLDER
//
// With -compare it makes files of CIFAR-10's images (as they are, 32×32, and mosaics of them, 500×375), and alternates
// fresh processes of itself and of a peer in Python (peer.py, which it carries along) for the tasks named, or for all.
// The peers are Pillow for decoding and lightly, which uses Pillow and torchvision, for the rest. Printed are medians
// of images a second, of an end-to-end task those of a training, and their ratio, above 1 if kontrast is faster. The
// seconds of decoding and of views are those of the processor, so that a busy machine can tell them, too:
//
//	images -compare -data cifar10-train.tar -python PATH decode view train-simclr-32
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
	"strings"

	"github.com/kontrast-ml/kontrast/bench/internal/turns"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("images: ")
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(ctx); err != nil {
		log.Fatal(err)
	}
}

func command(ctx context.Context) error {
	c := comparison{}
	flag.IntVar(&c.threads, "threads", 2, "number of threads of a training; decoding and views are made by one")
	name := flag.String("task", "decode", "one of "+strings.Join(turns.Names(tasks), ", "))
	files := flag.String("images", "", "folder of the files that -compare made")
	compare := flag.Bool("compare", false, "compare the tasks given as arguments, or all, with their peers")
	flag.StringVar(&c.data, "data", "", "with -compare: CIFAR-10's training images, a folder for each class, in a folder or an archive")
	flag.IntVar(&c.rounds, "rounds", 3, "with -compare: processes of each side")
	flag.IntVar(&c.scale, "scale", 1, "with -compare: so many times the images, for machines that are faster")
	flag.StringVar(&c.python, "python", "python3", "with -compare: a Python with torch, torchvision and lightly")
	flag.BoolVar(&c.json, "json", false, "with -compare: print JSON")
	flag.Parse()
	if c.threads < 1 || c.rounds < 1 || c.scale < 1 {
		return errors.New("-threads, -rounds and -scale must be at least 1")
	}
	if *compare {
		if c.data == "" {
			return errors.New("-data is missing: name the folder or archive of CIFAR-10's training images")
		}
		return c.print(ctx, flag.Args())
	}
	t, err := turns.ByName(tasks, *name)
	if err != nil {
		return err
	}
	if t.method != "" {
		return fmt.Errorf("%s is a training, which kontrast itself makes: use -compare", t.name)
	}
	m, err := t.measure(ctx, *files)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}
