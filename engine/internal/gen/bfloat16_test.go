package gen

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The bytes are those of GNU as.
func TestEncoding(t *testing.T) {
	multiply, convert := evex{prefix: prefixF3, opcode: 0x52}, evex{prefix: prefixF2, opcode: 0x72}
	for _, c := range []struct {
		instruction string // in Intel's order
		got         []byte
		want        string
	}{
		{"vdpbf16ps zmm0, zmm1, zmm2", multiply.registers(reg.Z0, reg.Z1, reg.Z2), "62 f2 76 48 52 c2"},
		{"vdpbf16ps zmm9, zmm17, zmm31", multiply.registers(reg.Z9, reg.Z17, reg.Z31), "62 12 76 40 52 cf"},
		{"vdpbf16ps zmm23, zmm30, zmm8", multiply.registers(reg.Z23, reg.Z30, reg.Z8), "62 c2 0e 40 52 f8"},
		{"vcvtne2ps2bf16 zmm2, zmm1, zmm0", convert.registers(reg.Z2, reg.Z1, reg.Z0), "62 f2 77 48 72 d0"},
		{"vcvtne2ps2bf16 zmm31, zmm9, zmm17", convert.registers(reg.Z31, reg.Z9, reg.Z17), "62 22 37 48 72 f9"},
		{"vdpbf16ps zmm0, zmm1, [rax]{1to16}", multiply.broadcast(reg.Z0, reg.Z1, operand.Mem{Base: reg.RAX}),
			"62 f2 76 58 52 00"},
		{
			"vdpbf16ps zmm15, zmm16, [rbx+rdx-16]{1to16}", multiply.broadcast(
				reg.Z15, reg.Z16, operand.Mem{Base: reg.RBX, Index: reg.RDX, Scale: 1, Disp: -16},
			), "62 72 7e 50 52 7c 13 fc",
		},
		{
			"vdpbf16ps zmm31, zmm16, [r9+r8+12]{1to16}", multiply.broadcast(
				reg.Z31, reg.Z16, operand.Mem{Base: reg.R9, Index: reg.R8, Scale: 1, Disp: 12},
			), "62 02 7e 50 52 7c 01 03",
		},
		{"vdpbf16ps zmm20, zmm5, [r13+512]{1to16}",
			multiply.broadcast(reg.Z20, reg.Z5, operand.Mem{Base: reg.R13, Disp: 512}), "62 c2 56 58 52 a5 00 02 00 00"},
		{
			"vdpbf16ps zmm20, zmm5, [r13+4*r15]{1to16}", multiply.broadcast(
				reg.Z20, reg.Z5, operand.Mem{Base: reg.R13, Index: reg.R15, Scale: 4},
			), "62 82 56 58 52 64 bd 00",
		},
		{"vdpbf16ps zmm20, zmm5, [rbp]{1to16}", multiply.broadcast(reg.Z20, reg.Z5, operand.Mem{Base: reg.RBP}),
			"62 e2 56 58 52 65 00"},
		{"vdpbf16ps zmm20, zmm5, [r12]{1to16}", multiply.broadcast(reg.Z20, reg.Z5, operand.Mem{Base: reg.R12}),
			"62 c2 56 58 52 24 24"},
		{"vdpbf16ps zmm20, zmm5, [rsi+6]{1to16}", multiply.broadcast(reg.Z20, reg.Z5, operand.Mem{Base: reg.RSI, Disp: 6}),
			"62 e2 56 58 52 a6 06 00 00 00"},
	} {
		want, err := hex.DecodeString(strings.ReplaceAll(c.want, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(c.got, want) {
			t.Errorf("%s: % x, want % x", c.instruction, c.got, want)
		}
	}
}
