package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"strings"
)

// The keys of the metadata that seal a file. In format 2 the checksum is the
// SHA-256 of the whole file, in which zeros stand for the checksum itself. Files
// without a format are older, and their checksum is that of the values alone.
const (
	checksumKey = "sha256"
	formatKey   = "format"
	format      = "2"
)

// unsealed stands for a checksum that is not known yet.
var unsealed = strings.Repeat("0", 2*sha256.Size)

// sealAt is where a header has its checksum. The quotes of other text in it are
// escaped, so that no other place looks like it.
func sealAt(header []byte, checksum string) (start int, ok bool) {
	mark := []byte(`"` + checksumKey + `":"` + checksum + `"`)
	start = bytes.Index(header, mark) + len(mark) - len(checksum) - 1
	return start, bytes.Count(header, mark) == 1
}

// seal returns the header with the checksum of the file that it heads.
func seal(header []byte, sum hash.Hash) []byte {
	sealed := bytes.Clone(header)
	if at, ok := sealAt(header, unsealed); ok {
		copy(sealed[at:], hex.EncodeToString(sum.Sum(nil)))
	}
	return sealed
}

// unseal takes what is the file's own out of the information. It returns the
// checksum that the header has, and the hash to write the values to.
func unseal(header []byte, info map[string]string) (sum hash.Hash, checksum string, err error) {
	version, current := info[formatKey]
	checksum = info[checksumKey]
	delete(info, formatKey)
	delete(info, checksumKey)
	sum = sha256.New()
	if !current {
		return sum, checksum, nil
	}
	if version != format {
		return nil, "", fmt.Errorf("%w: it has format %q, and this program reads up to %s; update kontrast",
			ErrCorrupt, version, format)
	}
	at, ok := sealAt(header, checksum)
	if !ok || len(checksum) != len(unsealed) {
		return nil, "", fmt.Errorf("%w: no checksum", ErrCorrupt)
	}
	blank := bytes.Clone(header)
	copy(blank[at:], unsealed)
	return sum, checksum, writeHeader(sum, blank)
}
