// Command asm generates the assembly kernels of package micro.
package main

import (
	"fmt"
	"strings"

	. "github.com/mmcloughlin/avo/build"

	"github.com/kontrast-ml/kontrast/engine/internal/gen"
)

func name(kind string, v gen.ISA, rows, vectors int) string {
	return fmt.Sprintf("%s%dx%d%s", kind, rows, vectors*v.Lanes, v.Name)
}

func main() {
	Package("github.com/kontrast-ml/kontrast/engine/kernels/internal/micro/abi")
	for _, vectors := range []int{2, 1} {
		for _, v := range []gen.ISA{gen.AVX512, gen.AVX512BF16} {
			tile(v, 8, vectors, indirect)
			tile(v, 8, vectors, strided)
			tile(v, 8, vectors, packed)
		}
		tile(gen.AVX2, 6, vectors, indirect)
		tile(gen.AVX2, 6, vectors, packed)
	}
	for _, rows := range []int{16, 8, 4, 2, 1} {
		outer(gen.AVX512, rows)
		outer(gen.AVX512BF16, rows)
	}
	for _, rows := range []int{6, 4, 2, 1} {
		outer(gen.AVX2, rows)
	}
	for _, v := range []gen.ISA{gen.AVX512, gen.AVX2} {
		for vectors := 1; vectors*v.Lanes <= 32; vectors *= 2 {
			copyRows(v, vectors)
		}
		transpose(v)
		addTo(v)
		for _, l := range lineTransforms {
			winograd(v, l, false)
			if v.Lanes == 16 && strings.HasSuffix(l.name, "Kernel") {
				winograd(v, l, true)
			}
		}
		dot(v)
	}
	for _, rows := range []int{6, 8} {
		packA(rows)
		packTransposedA(rows)
	}
	pairColumns()
	for _, k := range []sourceKind{fromFloat32, fromBFloat16} {
		pairRows(k)
	}
	Generate()
}
