// Package simdgen writes assembly kernels for AVX-512 and AVX2 from one
// description, through avo. Only generators import it.
//
// A kernel is written in terms of vectors of 16 lanes (Wide) or of the tier's
// own width (Native). Both tiers get the same operations in the same order, so
// a Native elementwise kernel gives the same bits in both tiers, and a Wide
// kernel does so even if it accumulates.
package simdgen

import (
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"regexp"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Width says how many lanes a vector of a kernel has.
type Width int

const (
	Native Width = iota // 16 in AVX-512, 8 in AVX2
	Wide                // 16 in both: two registers in AVX2
)

// Kernel is one function of one tier while it is being written.
type Kernel struct {
	AVX512 bool
	parts  int // registers of a vector
	labels int

	tail  bool // the vectors at hand are the last, partial ones
	kmask reg.OpmaskVirtual
	ymask []reg.VecVirtual
}

// Function writes name+"AVX512" and name+"AVX2" with the given Go signature.
// The body must not return: Function adds the end.
func Function(name, signature string, width Width, body func(k *Kernel)) {
	FunctionAVX512(name, signature, body)
	FunctionAVX2(name, signature, width, body)
}

// FunctionAVX512 writes name+"AVX512" alone.
func FunctionAVX512(name, signature string, body func(k *Kernel)) {
	function(name+"AVX512", signature, &Kernel{AVX512: true, parts: 1}, body)
}

// FunctionAVX2 writes name+"AVX2" alone.
func FunctionAVX2(name, signature string, width Width, body func(k *Kernel)) {
	k := &Kernel{parts: 1}
	if width == Wide {
		k.parts = 2
	}
	function(name+"AVX2", signature, k, body)
}

func function(name, signature string, k *Kernel, body func(k *Kernel)) {
	build.TEXT(name, attr.NOSPLIT, signature)
	build.Pragma("noescape")
	body(k)
	build.VZEROUPPER()
	build.RET()
}

// Lanes is the number of lanes of a vector.
func (k *Kernel) Lanes() int {
	if k.AVX512 {
		return 16
	}
	return 8 * k.parts
}

// Label returns a label that is unique in the function.
func (k *Kernel) Label(name string) string {
	k.labels++
	return fmt.Sprintf("%s%d", name, k.labels)
}

// Pointer loads the address of a slice parameter.
func (k *Kernel) Pointer(param string) reg.GPVirtual {
	return build.Load(build.Param(param).Base(), build.GP64()).(reg.GPVirtual)
}

// Length loads the length of a slice parameter.
func (k *Kernel) Length(param string) reg.GPVirtual {
	return build.Load(build.Param(param).Len(), build.GP64()).(reg.GPVirtual)
}

// Int loads a parameter of 8 bytes: an int or a pointer.
func (k *Kernel) Int(param string) reg.GPVirtual {
	return build.Load(build.Param(param), build.GP64()).(reg.GPVirtual)
}

// Scalar loads a float32 parameter into all lanes.
func (k *Kernel) Scalar(param string) V {
	basic, err := build.Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	return k.BroadcastMem(basic.Addr)
}

// Copy returns a copy of a general register.
func Copy(src reg.GPVirtual) reg.GPVirtual {
	dst := build.GP64()
	build.MOVQ(src, dst)
	return dst
}

// Bytes returns 4 times a general register: the size of that many floats.
func Bytes(n reg.GPVirtual) reg.GPVirtual {
	dst := build.GP64()
	build.MOVQ(n, dst)
	build.SHLQ(operand.Imm(2), dst)
	return dst
}

var constants = map[string]operand.Mem{}

// words returns the address of 32 bytes that repeat a 32-bit pattern.
func words(bits uint32) operand.Mem {
	name := fmt.Sprintf("word%08x", bits)
	m, found := constants[name]
	if !found {
		m = build.GLOBL(name, attr.RODATA|attr.NOPTR)
		for i := range 8 {
			build.DATA(4*i, operand.U32(bits))
		}
		constants[name] = m
	}
	return m
}

// tailMasks returns the address of 16 words of ones, followed by 16 of zeros.
func tailMasks() operand.Mem {
	const name = "tailMasks"
	m, found := constants[name]
	if !found {
		m = build.GLOBL(name, attr.RODATA|attr.NOPTR)
		for i := range 32 {
			if i < 16 {
				build.DATA(4*i, operand.U32(math.MaxUint32))
			} else {
				build.DATA(4*i, operand.U32(0))
			}
		}
		constants[name] = m
	}
	return m
}

// Pointer is a general register that holds an address or a count.
type Pointer = reg.GPVirtual

// Generate writes the file, after a check that no AVX2 kernel ran out of the 16 registers that AVX2 has: avo takes
// the others of AVX-512 then.
func Generate() {
	build.Generate()
	output := flag.Lookup("out").Value.String()
	source, err := os.ReadFile(output)
	if err != nil {
		log.Fatal(err)
	}
	name := ""
	for line := range strings.Lines(string(source)) {
		if strings.HasPrefix(line, "TEXT") {
			name = line
		}
		if strings.Contains(name, "AVX2(") && beyondAVX2.MatchString(line) {
			log.Fatalf("%s needs AVX-512: %s", name, line)
		}
	}
}

var beyondAVX2 = regexp.MustCompile(`\b([XY](1[6-9]|2\d|3[01])|Z\d+|K[0-7])\b`)
