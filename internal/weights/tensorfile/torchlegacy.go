package tensorfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/nlpodyssey/gopickle/types"
)

// What a file of torch.save before PyTorch 1.6 begins with (torch/serialization.py).
const legacyProtocol = 1001

var legacyMagic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

// openLegacy opens a file of pickles one after another: a magic number, a
// protocol, facts on the machine, the object, the keys of the storages; then,
// for each of them, the number of values and the values.
func openLegacy(file io.ReaderAt, size int64) (*File, error) {
	in := &legacyReader{file: file, size: size}
	in.at(0)
	magic, err := in.pickle(nil)
	if number, ok := magic.(*big.Int); err != nil || !ok || number.Cmp(legacyMagic) != 0 {
		return nil, errors.New("it is a pickle, but none that torch.save wrote; " +
			"convert it, in Python: torch.save({k: torch.as_tensor(v) for k, v in weights.items()}, 'weights.pth')")
	}
	if protocol, err := in.pickle(nil); err != nil || protocol != legacyProtocol {
		return nil, fmt.Errorf("its protocol of torch.save is not %d", legacyProtocol)
	}
	system, err := in.pickle(nil)
	if err != nil {
		return nil, err
	}
	little := true
	_ = entries(system, func(key, value any) error {
		if key == "little_endian" {
			little = value == true
		}
		return nil
	})
	if !little {
		return nil, errors.New("its bytes are in the order of another kind of machine: big-endian")
	}
	storages := map[string]*storage{}
	result, err := in.pickle(func(id []any) (any, error) {
		s, err := storageOf(id)
		if err != nil {
			return nil, err
		}
		if len(id) > 5 && id[5] != nil {
			return nil, refusal{
				errors.New("it has views of storages, as only very old versions of PyTorch wrote them; save the weights again"),
			}
		}
		if known := storages[s.key]; known != nil {
			return known, nil
		}
		storages[s.key] = s
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	if err := in.storages(storages); err != nil {
		return nil, err
	}
	f := newFile(Legacy)
	if err := f.collect(result); err != nil {
		return nil, err
	}
	return f, f.bounded(size)
}

// legacyReader reads a file's pickles in order.
type legacyReader struct {
	file io.ReaderAt
	size int64
	next int64 // byte that is read next
	in   *bufio.Reader
}

func (r *legacyReader) at(start int64) {
	r.next, r.in = start, bufio.NewReader(io.NewSectionReader(r.file, start, r.size-start))
}

func (r *legacyReader) pickle(find func(id []any) (any, error)) (any, error) {
	code, err := scan(r.in)
	if err != nil {
		return nil, err
	}
	r.next += int64(len(code))
	if find == nil {
		find = func([]any) (any, error) { return nil, errors.New("a storage where none belongs") }
	}
	return unpickle(code, find)
}

// storages finds each of them after the pickles.
func (r *legacyReader) storages(known map[string]*storage) error {
	keys, err := r.pickle(nil)
	if err != nil {
		return err
	}
	list, ok := keys.(*types.List)
	if !ok {
		return errors.New("it has no list of storages")
	}
	for _, key := range *list {
		name, _ := key.(string)
		s := known[name]
		if s == nil {
			return fmt.Errorf("it has the values of a storage %q that no tensor is of", name)
		}
		var count [8]byte
		if _, err := r.file.ReadAt(count[:], r.next); err != nil {
			return fmt.Errorf("it is cut before the storage %q", name)
		}
		values := binary.LittleEndian.Uint64(count[:])
		if values != uint64(s.values) || s.values > (r.size-r.next-8)/sizes[s.dtype] {
			return fmt.Errorf("its storage %q has %d values of %s, expected %d; the file has %d bytes left",
				name, values, s.dtype, s.values, r.size-r.next-8)
		}
		s.from, s.start = r.file, r.next+8
		r.next = s.start + s.values*sizes[s.dtype]
	}
	return nil
}
