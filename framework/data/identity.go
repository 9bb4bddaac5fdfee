package data

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"maps"
	"math"
	"sync"
	"sync/atomic"
)

// Identified is implemented by datasets whose samples lie somewhere under a
// name. Reach it by [Fingerprint]. It is safe for concurrent use.
type Identified interface {
	// Identity is the name of sample i, relative to where the dataset lies, so
	// that it is the same wherever that is moved; and its size in bytes, -1 if unknown.
	Identity(i int) (name string, bytes int64)
}

// Identity implements Identified.
func (p *pictures) Identity(i int) (name string, bytes int64) {
	bytes, err := p.files.size(p.files.at(p.names[i]))
	if err != nil {
		bytes = -1
	}
	return p.names[i], bytes
}

// probed is the number of samples whose pixels Fingerprint reads.
const probed = 32

// Fingerprint is the SHA-256 of the classes of a dataset, of the names, sizes,
// labels, captions and attributes of its samples in their order, and of the pixels of
// some of them, in hexadecimal. Datasets that differ elsewhere in their pixels alone
// are told apart by [Digest.Sum].
func Fingerprint(ctx context.Context, dataset Dataset) (string, error) {
	sum := sha256.New()
	writeText(sum, dataset.Classes()...)
	named, origin, ok := Find[Identified](dataset)
	attributed, row, _ := Find[Factored](dataset)
	attributes := 0
	if ok && attributed != nil {
		attributes = len(attributed.Factors())
		for _, factor := range attributed.Factors() {
			writeText(sum, append([]string{factor.Name}, factor.Values...)...)
		}
	}
	n := dataset.Len()
	identities := make([]identity, identifiedAtOnce)
	for i := range n {
		if at := i % identifiedAtOnce; at == 0 {
			if err := ctx.Err(); err != nil {
				return "", err
			}
			if ok {
				identify(identities[:min(n-i, identifiedAtOnce)], func(k int) (string, int64) {
					return named.Identity(origin(i + k))
				})
			}
		}
		if ok {
			is := identities[i%identifiedAtOnce]
			writeText(sum, is.name)
			writeNumbers(sum, is.bytes)
		}
		for a := range attributes {
			writeNumbers(sum, int64(math.Float64bits(attributed.Factor(row(i), a))))
		}
		writeText(sum, dataset.Caption(i))
		writeNumbers(sum, int64(dataset.Label(i)))
	}
	var image Image
	for k := range min(n, probed) {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		i := k * n / min(n, probed)
		writeNumbers(sum, int64(i), int64(checksumOf(dataset.Image(i, &image), &image)))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// identity is what [Identified] says of a sample.
type identity struct {
	name  string
	bytes int64
}

const (
	// identifiedAtOnce is how many samples are identified before they are written.
	identifiedAtOnce = 4096
	// askers is how many are asked for at a time: a disk or a server answers, not the processor.
	askers = 16
)

// identify asks for the identities of some samples.
func identify(into []identity, of func(k int) (name string, bytes int64)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range askers {
		wg.Go(func() {
			const part = 32
			for from := int(next.Add(part)) - part; from < len(into); from = int(next.Add(part)) - part {
				for k := from; k < min(from+part, len(into)); k++ {
					into[k].name, into[k].bytes = of(k)
				}
			}
		})
	}
	wg.Wait()
}

// writeText writes texts so that no two lists of them are written alike.
func writeText(sum hash.Hash, texts ...string) {
	writeNumbers(sum, int64(len(texts)))
	for _, text := range texts {
		writeNumbers(sum, int64(len(text)))
		sum.Write([]byte(text))
	}
}

func writeNumbers(sum hash.Hash, numbers ...int64) {
	var b [8]byte
	for _, n := range numbers {
		binary.LittleEndian.PutUint64(b[:], uint64(n))
		sum.Write(b[:])
	}
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksumOf is a checksum of an image's pixels and size; 0 for one that could not be read.
func checksumOf(err error, image *Image) uint32 {
	if err != nil {
		return 0
	}
	var size [8]byte
	binary.LittleEndian.PutUint32(size[:4], uint32(image.Width))
	binary.LittleEndian.PutUint32(size[4:], uint32(image.Height))
	return crc32.Update(crc32.Checksum(image.Pix, castagnoli), castagnoli, size[:])
}

// Digest is a dataset that notes the pixels of each sample as they are first
// read. Make it by [Digested].
type Digest struct {
	Dataset
	seen []atomic.Uint64 // 1<<32 and the checksum; 0 before the first reading

	mu     sync.Mutex
	unread map[int]error // by sample
}

// Digested makes a dataset note its pixels.
func Digested(dataset Dataset) *Digest {
	return &Digest{Dataset: dataset, seen: make([]atomic.Uint64, dataset.Len()), unread: map[int]error{}}
}

// Below implements Layer.
func (d *Digest) Below() Dataset { return d.Dataset }

// Origin implements Layer.
func (d *Digest) Origin(i int) int { return i }

// Image implements Dataset.
func (d *Digest) Image(i int, dst *Image) error {
	err := d.Dataset.Image(i, dst)
	if Skippable(err) {
		d.mu.Lock()
		d.unread[i] = err
		d.mu.Unlock()
	}
	if d.seen[i].Load() == 0 {
		d.seen[i].Store(1<<32 | uint64(checksumOf(err, dst)))
	}
	return err
}

// Unread are the errors of the samples that could not be read so far, by sample.
func (d *Digest) Unread() map[int]error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.unread)
}

// Sum is the SHA-256 of the checksums of all samples' pixels, in hexadecimal,
// once all have been read: until then it is not known.
func (d *Digest) Sum() (sum string, known bool) {
	all := sha256.New()
	for i := range d.seen {
		seen := d.seen[i].Load()
		if seen == 0 {
			return "", false
		}
		writeNumbers(all, int64(seen))
	}
	return hex.EncodeToString(all.Sum(nil)), true
}
