package main

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"

	"github.com/kontrast-ml/kontrast/bench/internal/imagefolder"
	"github.com/kontrast-ml/kontrast/framework/data"
)

const (
	photoWidth, photoHeight = 500, 375 // the usual size of ImageNet's
	tileColumns, tileRows   = 4, 3     // of a mosaic
	quality                 = 90
)

// write makes the files of all tasks: small of 32×32, photos of 500×375, and test, a few small ones.
func write(ctx context.Context, from, folder string, small, large int) error {
	source, err := imagefolder.Open(ctx, from)
	if err != nil {
		return err
	}
	if need := max(small, large*tileColumns*tileRows); source.Len() < need {
		return fmt.Errorf("%s has %d images, and %d are needed", from, source.Len(), need)
	}
	// Files of a class follow each other: steps of a prime number go through all classes.
	at := func(i int) (image.Image, error) {
		var read data.Image
		if err := source.Image(i*7919%source.Len(), &read); err != nil {
			return nil, err
		}
		out := image.NewRGBA(image.Rect(0, 0, read.Width, read.Height))
		for k := range read.Width * read.Height {
			pixel := read.Pix[3*k:]
			out.SetRGBA(k%read.Width, k/read.Width, color.RGBA{pixel[0], pixel[1], pixel[2], 255})
		}
		return out, nil
	}
	mosaic := func(i int) (image.Image, error) {
		out := image.NewRGBA(image.Rect(0, 0, photoWidth, photoHeight))
		for tile := range tileColumns * tileRows {
			part, err := at(i*tileColumns*tileRows + tile)
			if err != nil {
				return nil, err
			}
			x, y := tile%tileColumns, tile/tileColumns
			place := image.Rect(x*photoWidth/tileColumns, y*photoHeight/tileRows,
				(x+1)*photoWidth/tileColumns, (y+1)*photoHeight/tileRows)
			draw.CatmullRom.Scale(out, place, part, part.Bounds(), draw.Src, nil)
		}
		return out, nil
	}
	for _, kind := range []struct {
		name  string
		count int
		make  func(int) (image.Image, error)
	}{{"small", small, at}, {"test", 64, at}, {"photos", large, mosaic}} {
		for i := range kind.count {
			made, err := kind.make(i)
			if err != nil {
				return err
			}
			if err := save(filepath.Join(folder, kind.name, fmt.Sprint(i%2), fmt.Sprintf("%05d.jpg", i)), made); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

func save(path string, img image.Image) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return jpeg.Encode(file, img, &jpeg.Options{Quality: quality})
}
