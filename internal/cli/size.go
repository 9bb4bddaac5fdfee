package cli

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// size is the value of a flag that is a number of bytes.
type size int64

// units are those of sizes, the longest first of those with the same ending.
var units = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}, {"B", 1},
}

// String implements pflag.Value.
func (s *size) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatInt(int64(*s), 10)
}

// Type implements pflag.Value.
func (s *size) Type() string { return "size" }

// Set implements pflag.Value.
func (s *size) Set(text string) error {
	number, factor := strings.TrimSpace(text), 1.0
	for _, unit := range units {
		if at := len(number) - len(unit.name); at > 0 && strings.EqualFold(number[at:], unit.name) {
			number, factor = strings.TrimSpace(number[:at]), unit.bytes
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !(n*factor >= 1 && n*factor < math.MaxInt64) {
		return fmt.Errorf("%q is no size above 0", text)
	}
	*s = size(n * factor)
	return nil
}
