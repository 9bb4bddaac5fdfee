package data

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// MNISTParams are the options of the datasets mnist and fashion-mnist.
type MNISTParams struct {
	URL       string `yaml:"url"`
	Selection `yaml:",inline"`
}

// mnist describes a dataset in the files of MNIST: images and labels of the
// training split and of the test split.
type mnist struct {
	files   map[Split][2]remote
	classes []string
}

func mnistFiles(trainImages, trainLabels, testImages, testLabels string) map[Split][2]remote {
	return map[Split][2]remote{
		Train: {{"train-images-idx3-ubyte.gz", trainImages}, {"train-labels-idx1-ubyte.gz", trainLabels}},
		Test:  {{"t10k-images-idx3-ubyte.gz", testImages}, {"t10k-labels-idx1-ubyte.gz", testLabels}},
	}
}

var digits = mnist{
	files: mnistFiles("f68b3c2dcbeaaa9fbdd348bbdeb94873", "d53e105ee54ea40749a09fcbcd1e9432",
		"9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c"),
	classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
}

var fashion = mnist{
	files: mnistFiles("8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe",
		"bef4ecab320f06d8554ea6380940ec79", "bb300cfdad3c16e7a12a480ee83cd310"),
	classes: []string{"t-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker",
		"bag", "ankle boot"},
}

func mnistFactory() Factory {
	return NewFactory("mnist",
		"MNIST (LeCun et al. 1998): 60,000 training and 10,000 test images of handwritten digits, 28×28 pixels, gray. 11 "+
			"MB are downloaded once.",
		MNISTParams{URL: "https://ossci-datasets.s3.amazonaws.com/mnist/"},
		func(ctx context.Context, p MNISTParams, split Split, env Env) (Dataset, error) {
			return digits.open(ctx, "mnist", p.URL, split, env)
		})
}

func fashionFactory() Factory {
	return NewFactory("fashion-mnist",
		"Fashion-MNIST (Xiao et al. 2017): 60,000 training and 10,000 test images of clothes in 10 classes, 28×28 pixels, "+
			"gray. 30 MB are downloaded once.",
		MNISTParams{URL: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"},
		func(ctx context.Context, p MNISTParams, split Split, env Env) (Dataset, error) {
			return fashion.open(ctx, "fashion-mnist", p.URL, split, env)
		})
}

func (m mnist) open(ctx context.Context, folder, url string, split Split, env Env) (Dataset, error) {
	var arrays [2]idx
	for i, file := range m.files[split] {
		path, err := env.fetch(ctx, folder, url, file)
		if err != nil {
			return nil, err
		}
		if arrays[i], err = readIDX(path, []int{3, 1}[i]); err != nil {
			return nil, damaged(path, err)
		}
	}
	images, labels := arrays[0], arrays[1]
	if images.shape[0] != labels.shape[0] {
		return nil, fmt.Errorf("%d images and %d labels in %s", images.shape[0], labels.shape[0], folder)
	}
	out := &packed{
		width: images.shape[2], height: images.shape[1], channels: 1,
		pix: images.values, labels: labels.values, classes: m.classes,
	}
	return out, out.check()
}

// idx is an array of bytes in the format of the MNIST files.
type idx struct {
	shape  []int
	values []uint8
}

// readIDX reads a gzipped array of bytes with so many dimensions: two zero
// bytes, the type (8 for bytes), the number of dimensions, each dimension as
// four bytes, high byte first, and the values.
func readIDX(path string, dimensions int) (idx, error) {
	file, err := os.Open(path)
	if err != nil {
		return idx{}, err
	}
	defer file.Close()
	unzip, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return idx{}, err
	}
	content, err := io.ReadAll(unzip)
	if err != nil {
		return idx{}, err
	}
	header := 4 + 4*dimensions
	if len(content) < header || [4]byte(content) != [4]byte{0, 0, 8, byte(dimensions)} {
		return idx{}, fmt.Errorf("not an IDX file of bytes with %d dimensions", dimensions)
	}
	out, size := idx{values: content[header:]}, 1
	for d := range dimensions {
		n := int(binary.BigEndian.Uint32(content[4+4*d:]))
		out.shape = append(out.shape, n)
		size *= n
	}
	if size != len(out.values) || size == 0 {
		return idx{}, fmt.Errorf("%d values, expected an array of %v", len(out.values), out.shape)
	}
	return out, nil
}
