// Package jpeg decodes JPEG images to the same values, bit for bit, as
// libjpeg-turbo does by default, and so PIL, torchvision and OpenCV: its inverse
// cosine transform is the accurate integer one of that library (dct.go), and not
// that of Go's image/jpeg, which rounds otherwise in one value of ten.
//
// It reads what nearly all files are: Huffman-coded, sequential or progressive,
// of 8 bits, gray or YCbCr (ITU-T T.81). Decode refuses others by ErrUnsupported,
// and image/jpeg reads those that can be read.
package jpeg

import (
	"errors"
	"fmt"
	"image"
	"sync"
)

// ErrUnsupported says that an image is of a kind that this package does not decode.
var ErrUnsupported = errors.New("unsupported kind of JPEG")

// Decode decodes a file to an *image.Gray or an *image.YCbCr, whose planes may be
// padded to whole blocks, at 1/by of its width and height, rounded up; by is 1, 2,
// 4 or 8. What a decoder has to guess, as where the file ends early, is an error.
//
// Smaller sizes come from smaller transforms, as with libjpeg's scale_denom and
// Pillow's draft: chroma that is as small already keeps its resolution, and where
// it has to be enlarged at an eighth, its samples are repeated.
func Decode(file []byte, by int) (image.Image, error) {
	if by != 1 && by != 2 && by != 4 && by != 8 {
		return nil, fmt.Errorf("a JPEG at 1/%d of its size: expected 1, 2, 4 or 8", by)
	}
	d := &decoder{file: file, by: by}
	if err := d.segments(); err != nil {
		return nil, err
	}
	return d.picture()
}

// decoder is the state of decoding one file.
type decoder struct {
	file []byte
	at   int // the next byte
	by   int // the size is divided by

	width, height int
	progressive   bool
	components    []*component
	across, down  int // largest sampling factors
	quantization  [4]*block
	huffman       [2][4]*huffman // for DC and AC
	restart       int            // interval of MCUs; 0 for none
	adobe         int            // color transform of the Adobe segment; -1 for none
	jfif          bool
}

// component is one plane of the image.
type component struct {
	id           byte
	across, down int // sampling factors
	table        int // of quantization
	scale        *block
	wide, high   int // in blocks, padded to whole MCUs
	side         int // of a block's samples, 8 for the whole size
	samples      []uint8
	coefficients []block // of a progressive image
	dc           int32   // the latest, which the next is relative to
	tables       [2]*huffman
}

func (c *component) stride() int { return c.side * c.wide }

// transform writes the samples of a block.
func (c *component) transform(b *block, to []uint8) {
	if c.side == 8 {
		b.inverse(c.scale, to, c.stride())
	} else {
		scaled := b.scaled(c.scale)
		scaled.reduced(to, c.stride(), c.side)
	}
}

// choose sets the side of a component's blocks: twice that of luma, and again,
// as long as the component is sampled that much less in both directions.
func (d *decoder) choose(c *component) {
	c.side = 8 / d.by
	for c.side < 8 && d.across*8/d.by%(2*c.across*c.side) == 0 && d.down*8/d.by%(2*c.down*c.side) == 0 {
		c.side *= 2
	}
}

// frame reads the header of the image (SOF).
func (d *decoder) frame(content []byte) error {
	if len(content) < 6 || d.components != nil {
		return errors.New("a bad header of the frame, or a second one")
	}
	count := int(content[5])
	d.height, d.width = int(content[1])<<8|int(content[2]), int(content[3])<<8|int(content[4])
	switch {
	case content[0] != 8 || count != 1 && count != 3 || d.height == 0:
		return ErrUnsupported
	case len(content) != 6+3*count || d.width == 0:
		return errors.New("a bad header of the frame")
	}
	for i := range count {
		entry := content[6+3*i:]
		c := &component{id: entry[0], across: int(entry[1] >> 4), down: int(entry[1] & 15), table: int(entry[2])}
		if c.across < 1 || c.across > 4 || c.down < 1 || c.down > 4 || c.table > 3 {
			return fmt.Errorf("component %d has sampling factors %d×%d and quantization table %d",
				c.id, c.across, c.down, c.table)
		}
		if count == 1 { // one component is never interleaved
			c.across, c.down = 1, 1
		}
		d.across, d.down = max(d.across, c.across), max(d.down, c.down)
		d.components = append(d.components, c)
	}
	if count == 3 && !d.luminance() {
		return ErrUnsupported
	}
	mcusWide, mcusHigh := ceil(d.width, 8*d.across), ceil(d.height, 8*d.down)
	for _, c := range d.components {
		c.wide, c.high = mcusWide*c.across, mcusHigh*c.down
		if d.progressive {
			c.coefficients = make([]block, c.wide*c.high)
		}
		d.choose(c)
		c.samples = plane(c.side * c.side * c.wide * c.high)
	}
	return nil
}

func ceil(n, unit int) int { return (n + unit - 1) / unit }

// luminance says whether the components are Y, Cb and Cr, and Cb and Cr are
// sampled alike.
func (d *decoder) luminance() bool {
	y, cb, cr := d.components[0], d.components[1], d.components[2]
	rgb := y.id == 'R' && cb.id == 'G' && cr.id == 'B'
	if !d.jfif && (d.adobe == 0 || d.adobe < 0 && rgb) {
		return false
	}
	_, known := ratios[[2]int{y.across / cb.across, y.down / cb.down}]
	return known && cb.across == cr.across && cb.down == cr.down && y.across%cb.across == 0 && y.down%cb.down == 0 &&
		y.across == d.across && y.down == d.down
}

// ratios are the relations of the sampling of luma to that of chroma.
var ratios = map[[2]int]image.YCbCrSubsampleRatio{
	{1, 1}: image.YCbCrSubsampleRatio444, {2, 1}: image.YCbCrSubsampleRatio422, {2, 2}: image.YCbCrSubsampleRatio420,
	{1, 2}: image.YCbCrSubsampleRatio440, {4, 1}: image.YCbCrSubsampleRatio411, {4, 2}: image.YCbCrSubsampleRatio410,
}

// mostKept is the size of memory above which it is not kept for the next image.
const mostKept = 1 << 24

// planes are the samples of images that nobody needs any more.
var planes = sync.Pool{New: func() any { return new([]uint8) }}

// plane returns samples with any values, in memory that was released if there is some.
func plane(n int) []uint8 {
	kept := planes.Get().(*[]uint8)
	if cap(*kept) < n {
		*kept = make([]uint8, n)
	}
	return (*kept)[:n]
}

// Release hands the memory of an image of Decode back, which must not be used afterwards.
func Release(decoded image.Image) {
	release := func(samples []uint8) {
		if cap(samples) <= mostKept {
			planes.Put(&samples)
		}
	}
	switch m := decoded.(type) {
	case *image.YCbCr:
		release(m.Y)
		release(m.Cb)
		release(m.Cr)
	case *image.Gray:
		release(m.Pix)
	}
}

// picture is the image when all scans have been read.
func (d *decoder) picture() (image.Image, error) {
	if d.components == nil {
		return nil, errors.New("there is no frame in the file")
	}
	for _, c := range d.components {
		if c.scale == nil {
			return nil, fmt.Errorf("the file ends before component %d comes", c.id)
		}
		for i := range c.coefficients {
			c.transform(&c.coefficients[i], c.samples[c.offset(i):])
		}
	}
	area := image.Rect(0, 0, ceil(d.width, d.by), ceil(d.height, d.by))
	y := d.components[0]
	if len(d.components) == 1 {
		return &image.Gray{Pix: y.samples, Stride: y.stride(), Rect: area}, nil
	}
	cb, cr := d.components[1], d.components[2]
	return &image.YCbCr{
		Y: y.samples, Cb: cb.samples, Cr: cr.samples, YStride: y.stride(), CStride: cb.stride(),
		SubsampleRatio: ratios[[2]int{y.across * y.side / (cb.across * cb.side), y.down * y.side / (cb.down * cb.side)}],
		Rect:           area,
	}, nil
}

// offset is where block i of a component begins among its samples.
func (c *component) offset(i int) int { return i/c.wide*c.side*c.stride() + i%c.wide*c.side }
