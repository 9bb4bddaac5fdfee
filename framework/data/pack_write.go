package data

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/image/draw"
	"golang.org/x/sync/errgroup"
)

// PackOptions say what Pack does with images. The zero value copies files as they are.
type PackOptions struct {
	// ShortSide is what the shorter side of larger images is reduced to, in pixels,
	// by a cubic kernel over all pixels that count (Catmull-Rom); 0 to keep the size.
	ShortSide int
	// Raw stores pixels, as PPM, which are read without decoding, in place of files.
	Raw bool
	// Quality is that of reduced images as JPEG, 1 to 100; 0 for 95. With Raw it has no meaning.
	Quality int
}

// Validate reports what is out of range.
func (o PackOptions) Validate() error {
	var faults []error
	if o.ShortSide < 0 {
		faults = append(faults,
			fmt.Errorf("a short side of %d pixels: expected 1 or more, or 0 to keep the size", o.ShortSide))
	}
	if o.Quality < 0 || o.Quality > 100 {
		faults = append(faults, fmt.Errorf("a quality of %d: expected 1 to 100", o.Quality))
	}
	return errors.Join(faults...)
}

// Packed is what became of the images that were packed.
type Packed struct {
	Images, Changed int // of which so many were reduced or stored as pixels
	Bytes           int64
	Omitted         []Omission
}

// Pack writes the images of directories, archives and shards as one file, which is read
// wherever a directory is: with an index that is mapped into memory, checksums,
// and contents that many processes read at once. With several sources the images
// of each are in a folder of its base name, such as train and test. The labels of
// shards are the folders of their images. Images that have to be changed and can't
// be read are left out.
func Pack(ctx context.Context, to io.Writer, sources []string, options PackOptions, env Env) (Packed, error) {
	if err := options.Validate(); err != nil {
		return Packed{}, err
	}
	var images []packImage
	var out Packed
	for _, root := range sources {
		folder := ""
		if len(sources) > 1 {
			folder = sourceName(root) + "/"
		}
		list := listFolder
		if ShardsAt(root) {
			list = listShards
		}
		found, omitted, err := list(ctx, root, env)
		if err != nil {
			return out, err
		}
		out.Omitted = append(out.Omitted, omitted...)
		for _, image := range found {
			image.as = folder + image.as
			images = append(images, image)
		}
	}
	slices.SortFunc(images, func(a, b packImage) int { return strings.Compare(a.as, b.as) })
	for i := 1; i < len(images); i++ {
		if images[i].as == images[i-1].as {
			return out, fmt.Errorf("two images would be %s: %s and %s; sources need different names", images[i].as,
				images[i-1].files.path(images[i-1].name), images[i].files.path(images[i].name))
		}
	}
	w := newPackWriter(to)
	err := w.images(ctx, images, options, &out, env)
	if err == nil {
		err = w.finish()
	}
	out.Bytes = w.offset
	return out, err
}

// listFolder lists the images of a directory or an archive.
func listFolder(_ context.Context, root string, env Env) (images []packImage, omitted []Omission, err error) {
	f, err := openFiles(root, Reading{}, env)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range f.names {
		images = append(images, packImage{name, f, name})
	}
	return images, f.omitted, nil
}

// sourceName is the name of a directory or an archive without its ending.
func sourceName(root string) string {
	base := path.Base(filepath.ToSlash(filepath.Clean(root)))
	for _, ending := range []string{".tar.gz", ".tar.bz2", ".tgz", ".tar", ".zip"} {
		if name, found := strings.CutSuffix(base, ending); found {
			return name
		}
	}
	return base
}

// packImage is an image with its name in the pack.
type packImage struct {
	as    string
	files *files
	name  string
}

// packWriter keeps the first error.
type packWriter struct {
	to          *bufio.Writer
	offset      int64
	rows, names []byte
	count       uint64
	err         error
}

func newPackWriter(to io.Writer) *packWriter {
	w := &packWriter{to: bufio.NewWriterSize(to, 1<<20)}
	w.write([]byte(packMagic))
	return w
}

func (w *packWriter) write(content []byte) {
	if w.err == nil {
		_, w.err = w.to.Write(content)
		w.offset += int64(len(content))
	}
}

// add writes one file; names come in their order.
func (w *packWriter) add(name string, content []byte) {
	w.names = append(w.names, name...)
	w.rows = binary.LittleEndian.AppendUint64(w.rows, uint64(w.offset))
	w.rows = binary.LittleEndian.AppendUint32(w.rows, uint32(len(content)))
	w.rows = binary.LittleEndian.AppendUint32(w.rows, checksumIn(content))
	w.rows = binary.LittleEndian.AppendUint64(w.rows, uint64(len(w.names)))
	w.count++
	w.write(content)
}

func (w *packWriter) finish() error {
	begin, index := w.offset, append(w.rows, w.names...)
	w.write(index)
	footer := binary.LittleEndian.AppendUint64(nil, uint64(begin))
	footer = binary.LittleEndian.AppendUint64(footer, w.count)
	footer = binary.LittleEndian.AppendUint32(footer, checksumIn(index))
	w.write(append(footer, packMagic...))
	return errors.Join(w.err, w.to.Flush())
}

// images makes contents on all cores and writes them in their order.
func (w *packWriter) images(ctx context.Context, images []packImage, o PackOptions, out *Packed, env Env) error {
	type made struct {
		content []byte
		changed bool
		err     error
	}
	waiting := make(chan chan made, 4*runtime.GOMAXPROCS(0))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(waiting)
		workers, ctx := errgroup.WithContext(ctx)
		workers.SetLimit(runtime.GOMAXPROCS(0))
		for _, img := range images {
			result := make(chan made, 1)
			select {
			case waiting <- result:
			case <-ctx.Done():
				return errors.Join(ctx.Err(), workers.Wait())
			}
			workers.Go(func() error {
				content, changed, err := o.content(img)
				result <- made{content, changed, err}
				return nil
			})
		}
		return workers.Wait()
	})
	group.Go(func() error {
		i := 0
		for result := range waiting {
			r, img := <-result, images[i]
			i++
			switch {
			case r.err != nil:
				path := img.files.path(img.name)
				out.Omitted = append(out.Omitted, Omission{Path: path, Reason: r.err.Error(), Files: 1, Image: true})
			default:
				w.add(img.as, r.content)
				out.Images++
				if r.changed {
					out.Changed++
				}
			}
			if w.err != nil {
				return w.err
			}
			if i%1000 == 0 {
				env.progress("packing images", int64(i), int64(len(images)))
			}
		}
		return nil
	})
	return group.Wait()
}

// content is what a pack has of an image, and whether it is another than the file's.
func (o PackOptions) content(img packImage) (content []byte, changed bool, err error) {
	if o.ShortSide == 0 && !o.Raw {
		err = img.files.content(img.name, func(file []byte) error {
			content = bytes.Clone(file)
			return nil
		})
		return content, false, err
	}
	side := 0
	if !o.Raw {
		if side, err = img.files.shorterSide(img.name); err != nil {
			return nil, false, err
		}
		if side <= o.ShortSide {
			return PackOptions{}.content(img)
		}
	}
	var pixels Image
	if err := img.files.decode(img.name, &pixels); err != nil {
		return nil, false, err
	}
	if o.ShortSide > 0 {
		pixels.reduce(o.ShortSide)
	}
	if o.Raw {
		return pixels.ppm(), true, nil
	}
	var out bytes.Buffer
	quality := o.Quality
	if quality == 0 {
		quality = 95
	}
	err = jpeg.Encode(&out, pixels.rgba(), &jpeg.Options{Quality: quality})
	if out.Len() > math.MaxUint32 {
		err = errors.New("larger than 4 GiB")
	}
	return out.Bytes(), true, err
}

// reduce makes the shorter side that long, if it is longer.
func (m *Image) reduce(side int) {
	short := min(m.Width, m.Height)
	if short <= side {
		return
	}
	scale := func(n int) int { return max(1, int(math.Round(float64(n)*float64(side)/float64(short)))) }
	from, to := m.rgba(), image.NewRGBA(image.Rect(0, 0, scale(m.Width), scale(m.Height)))
	draw.CatmullRom.Scale(to, to.Rect, from, from.Rect, draw.Src, nil)
	m.Reset(to.Rect.Dx(), to.Rect.Dy())
	m.strip(to.Pix, to.Stride)
}

func (m *Image) rgba() *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, m.Width, m.Height))
	for k := range m.Width * m.Height {
		copy(out.Pix[4*k:], m.Pix[3*k:3*k+3])
		out.Pix[4*k+3] = 255
	}
	return out
}
