package config_test

import (
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/kontrast-ml/kontrast/framework/config"
)

type Params struct {
	Temperature float64 `yaml:"temperature" range:"(0,inf)" doc:"softmax temperature" source:"Chen et al. 2020, §5.1"`
	Hidden      int     `yaml:"hidden" range:"[1,inf)" doc:"width of the projector's hidden layer"`
	Output      int     `yaml:"output" range:"[1,inf)" doc:"width of the embedding"`
}

func (p Params) Validate() error {
	if p.Output > p.Hidden {
		return config.Faultf("output", "%d is wider than the hidden layer of %d", p.Output, p.Hidden)
	}
	return nil
}

// All that is wrong with a file is reported at once.
func ExampleDecode() {
	document, err := config.Parse("run.yaml", []byte("temprature: 0.1\nhidden: wide\noutput: 4096\n"))
	if err != nil {
		log.Fatal(err)
	}
	params := Params{Temperature: 0.5, Hidden: 2048, Output: 128}
	err = config.Decode(document.Root(), &params)
	fmt.Println(err)

	var faults config.Faults
	if errors.As(err, &faults) {
		fmt.Println(len(faults), "faults, the last on line", faults[2].Line)
	}
	// Output:
	// run.yaml:1:1: temprature: unknown key; did you mean "temperature"? known keys: temperature, hidden, output
	// run.yaml:2:9: hidden: found "wide", expected an integer
	//   hint: width of the projector's hidden layer
	// run.yaml:3:9: output: 4096 is wider than the hidden layer of 2048
	// 3 faults, the last on line 3
}

// A registry resolves what a choice names, and decodes the rest into its parameters.
func ExampleChoice() {
	run := struct {
		Method config.Choice `yaml:"method"`
	}{}
	resolve := func(c *config.Choice) error {
		if c.Name != "simclr" {
			return c.UnknownName("method", []string{"simclr"})
		}
		return c.Decode(&Params{Temperature: 0.5, Hidden: 2048, Output: 128})
	}
	for _, text := range []string{"method: simclr", "method: {name: simclr, temperature: 0.1}",
		"method: {name: simcrl, temperature: 0.1}"} {
		document, err := config.Parse("run.yaml", []byte(text))
		if err != nil {
			log.Fatal(err)
		}
		var faults config.Collector
		faults.Add(config.Decode(document.Root(), &run))
		faults.Add(resolve(&run.Method))
		if err := faults.Err(); err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s\n", config.Canonical(run))
	}
	// Output:
	// {"method":{"hidden":2048,"name":"simclr","output":128,"temperature":0.5}}
	// {"method":{"hidden":2048,"name":"simclr","output":128,"temperature":0.1}}
	// run.yaml:1:16: method.name: unknown method "simcrl"; did you mean "simclr"? known methods: simclr
}

func ExampleSkeleton() {
	if err := config.Skeleton(os.Stdout, Params{Temperature: 0.5, Hidden: 2048, Output: 128}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// # softmax temperature
	// # range (0,inf); Chen et al. 2020, §5.1
	// temperature: 0.5
	//
	// # width of the projector's hidden layer
	// # range [1,inf)
	// hidden: 2048
	//
	// # width of the embedding
	// # range [1,inf)
	// output: 128
}

// A grid gives a document for every combination of values.
func ExampleGrid() {
	document, err := config.Parse(
		"study.yaml", []byte("temperature: 1\nhidden: 64\noutput: 8\ngrid: {temperature: [0.1, 0.5], seed: [1, 2]}\n"),
	)
	if err != nil {
		log.Fatal(err)
	}
	var study struct {
		Params `yaml:",inline"`
		Seed   int         `yaml:"seed"`
		Grid   config.Grid `yaml:"grid"`
	}
	if err := config.Decode(document.Root(), &study); err != nil {
		log.Fatal(err)
	}
	for _, point := range study.Grid.Points() {
		run := study
		with, err := document.With(point...)
		if err != nil {
			log.Fatal(err)
		}
		if err := config.Decode(with.Root(), &run); err != nil {
			log.Fatal(err)
		}
		fmt.Println(point, run.Temperature, run.Seed)
	}
	// Output:
	// [temperature=0.1 seed=1] 0.1 1
	// [temperature=0.1 seed=2] 0.1 2
	// [temperature=0.5 seed=1] 0.5 1
	// [temperature=0.5 seed=2] 0.5 2
}
