package data

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// CIFAR10Params are the options of the dataset cifar10.
type CIFAR10Params struct {
	URL       string `yaml:"url"`
	Selection `yaml:",inline"`
}

// CIFAR100Params are the options of the dataset cifar100.
type CIFAR100Params struct {
	URL       string `yaml:"url"`
	Coarse    bool   `yaml:"coarse"`
	Selection `yaml:",inline"`
}

const cifarURL = "https://www.cs.toronto.edu/~kriz/"

// cifar describes one of the archives.
type cifar struct {
	archive     remote
	labelBytes  int // before the pixels of each image
	labelAt     int // which of them is the label
	train, test []string
	names       string // the text file with a class a line
}

var cifar10 = cifar{
	archive:    remote{"cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"},
	labelBytes: 1,
	train: []string{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
		"data_batch_5.bin"},
	test:  []string{"test_batch.bin"},
	names: "batches.meta.txt",
}

var cifar100 = cifar{
	archive:    remote{"cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8"},
	labelBytes: 2,
	labelAt:    1,
	train:      []string{"train.bin"},
	test:       []string{"test.bin"},
	names:      "fine_label_names.txt",
}

func cifar10Factory() Factory {
	return NewFactory("cifar10",
		"CIFAR-10 (Krizhevsky 2009): 50,000 training and 10,000 test photographs of 32×32 pixels in 10 classes. 162 MB are "+
			"downloaded once.",
		CIFAR10Params{URL: cifarURL},
		func(ctx context.Context, p CIFAR10Params, split Split, env Env) (Dataset, error) {
			return cifar10.open(ctx, "cifar10", p.URL, split, env)
		})
}

func cifar100Factory() Factory {
	return NewFactory("cifar100",
		"CIFAR-100 (Krizhevsky 2009): 50,000 training and 10,000 test photographs of 32×32 pixels in 100 classes. 161 MB "+
			"are downloaded once.",
		CIFAR100Params{URL: cifarURL},
		func(ctx context.Context, p CIFAR100Params, split Split, env Env) (Dataset, error) {
			c := cifar100
			if p.Coarse {
				c.labelAt, c.names = 0, "coarse_label_names.txt"
			}
			return c.open(ctx, "cifar100", p.URL, split, env)
		})
}

func (c cifar) open(ctx context.Context, folder, url string, split Split, env Env) (Dataset, error) {
	archive, err := env.fetch(ctx, folder, url, c.archive)
	if err != nil {
		return nil, err
	}
	files := c.train
	if split == Test {
		files = c.test
	}
	content, err := untar(archive, append([]string{c.names}, files...))
	if err != nil {
		return nil, damaged(archive, err)
	}
	size := 0
	for _, name := range files {
		size += len(content[name])
	}
	out := &packed{
		width: 32, height: 32, channels: 3, classes: strings.Fields(string(content[c.names])), pix: make([]uint8, 0, size),
	}
	for _, name := range files {
		if err := c.add(out, content[name]); err != nil {
			return nil, damaged(archive, fmt.Errorf("%s: %w", name, err))
		}
		delete(content, name) // each is 30 MB
	}
	if err := out.check(); err != nil {
		return nil, damaged(archive, err)
	}
	return out, nil
}

// add appends the records of a file: labels, then 1024 values of R, of G and of B.
func (c cifar) add(to *packed, records []byte) error {
	const plane = 32 * 32
	size := c.labelBytes + 3*plane
	if len(records)%size != 0 {
		return fmt.Errorf("%d bytes, expected a multiple of %d", len(records), size)
	}
	for ; len(records) > 0; records = records[size:] {
		to.labels = append(to.labels, records[c.labelAt])
		for i := range plane {
			for channel := range 3 {
				to.pix = append(to.pix, records[c.labelBytes+channel*plane+i])
			}
		}
	}
	return nil
}

// untar reads the members with those base names of a .tar.gz file; all must be there.
func untar(archive string, names []string) (map[string][]byte, error) {
	file, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	unzip, err := gzip.NewReader(bufio.NewReaderSize(file, 1<<20))
	if err != nil {
		return nil, err
	}
	content := map[string][]byte{}
	for reader := tar.NewReader(unzip); len(content) < len(names); {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if path.Base(header.Name) != name {
				continue
			}
			if content[name], err = io.ReadAll(reader); err != nil {
				return nil, fmt.Errorf("%s: %w", header.Name, err)
			}
		}
	}
	for _, name := range names {
		if content[name] == nil {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}
	return content, nil
}
