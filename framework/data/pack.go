package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"sort"
	"unsafe"
)

// A pack is one file with many images, as [Pack] writes it. Numbers are little-endian:
//
//	magic
//	contents of the files, in the order of their names
//	index: a row a file; then the names, one behind the other
//	footer: where the index begins, how many files there are, the checksum of the index; magic
const (
	packMagic  = "kontrast pack 1\n"
	packRow    = 8 + 4 + 4 + 8 // offset and size of the content, its checksum, where its name ends among the names
	packFooter = 8 + 8 + 4 + len(packMagic)
)

// pack is a source whose index lies mapped in memory, which all processes share.
type pack struct {
	root    string
	content *os.File
	count   int
	rows    []byte
	names   string
}

// openPack reads the end of a pack.
func openPack(root string, content *os.File, size int64) (*pack, error) {
	fail := func(what string) (*pack, error) {
		return nil, fmt.Errorf("%s: not a whole pack: %s; get it again, or make it again by: kontrast data pack", root, what)
	}
	if size < int64(len(packMagic)+packFooter) {
		return fail(fmt.Sprintf("it has %d bytes", size))
	}
	footer := make([]byte, packFooter)
	if _, err := content.ReadAt(footer, size-int64(packFooter)); err != nil {
		return nil, err
	}
	if string(footer[20:]) != packMagic {
		return fail("its end is missing")
	}
	begin, count := binary.LittleEndian.Uint64(footer), binary.LittleEndian.Uint64(footer[8:])
	end := uint64(size) - uint64(packFooter)
	if begin < uint64(len(packMagic)) || begin > end || count > (end-begin)/packRow {
		return fail("its end contradicts its size")
	}
	index, err := mapped(content, int64(begin), int64(end-begin))
	if err != nil {
		return nil, fmt.Errorf("%s: the index of the pack: %w", root, err)
	}
	if checksumIn(index) != binary.LittleEndian.Uint32(footer[16:]) {
		return fail("its index is damaged")
	}
	p := &pack{root: root, content: content, count: int(count), rows: index[:count*packRow]}
	names := index[count*packRow:]
	p.names = unsafe.String(unsafe.SliceData(names), len(names))
	return p, p.check(begin)
}

// check looks at every row, so that none leads out of the file.
func (p *pack) check(end uint64) error {
	from, before := uint64(0), ""
	for i := range p.count {
		row := p.rows[i*packRow:]
		offset, size := binary.LittleEndian.Uint64(row), uint64(binary.LittleEndian.Uint32(row[8:]))
		to := binary.LittleEndian.Uint64(row[16:])
		if offset > end || size > end-offset || to < from || to > uint64(len(p.names)) ||
			i > 0 && p.names[from:to] <= before {
			return fmt.Errorf("%s: row %d of the pack's index contradicts the others; make it again by: kontrast data pack",
				p.root, i+1)
		}
		from, before = to, p.names[from:to]
	}
	return nil
}

// name is that of file i. It lies in the mapped index.
func (p *pack) name(i int) string {
	from := uint64(0)
	if i > 0 {
		from = binary.LittleEndian.Uint64(p.rows[(i-1)*packRow+16:])
	}
	return p.names[from:binary.LittleEndian.Uint64(p.rows[i*packRow+16:])]
}

// row finds a file.
func (p *pack) row(name string) ([]byte, error) {
	i := sort.Search(p.count, func(i int) bool { return p.name(i) >= name })
	if i == p.count || p.name(i) != name {
		return nil, os.ErrNotExist
	}
	return p.rows[i*packRow:], nil
}

func (p *pack) list(add func(name, fault string)) error {
	for i := range p.count {
		add(p.name(i), "")
	}
	return nil
}

func (p *pack) path(name string) string { return p.root + ": " + name }

func (p *pack) size(name string) (int64, error) {
	row, err := p.row(name)
	if err != nil {
		return 0, err
	}
	return int64(binary.LittleEndian.Uint32(row[8:])), nil
}

// head is not checked: a checksum is of the whole.
func (p *pack) head(name string, buffer []byte) ([]byte, error) {
	row, err := p.row(name)
	if err != nil {
		return nil, err
	}
	buffer = buffer[:min(len(buffer), int(binary.LittleEndian.Uint32(row[8:])))]
	_, err = p.content.ReadAt(buffer, int64(binary.LittleEndian.Uint64(row)))
	return buffer, pathless(err)
}

func (p *pack) read(name string, buffer []byte) error {
	row, err := p.row(name)
	if err != nil {
		return err
	}
	if _, err := p.content.ReadAt(buffer, int64(binary.LittleEndian.Uint64(row))); err != nil {
		return pathless(err)
	}
	if checksumIn(buffer) != binary.LittleEndian.Uint32(row[12:]) {
		return errors.New("damaged in the pack: its checksum is wrong")
	}
	return nil
}

// checksumIn is the checksum of a content or of the index: CRC-32C, for which processors have an instruction.
func checksumIn(content []byte) uint32 { return crc32.Checksum(content, castagnoli) }

func isPack(magic []byte) bool { return bytes.HasPrefix(magic, []byte(packMagic[:6])) }
