package gen

import (
	"encoding/binary"
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The instructions of AVX512_BF16, which neither avo nor the Go assembler knows, are emitted as bytes (Intel 64 and
// IA-32 Architectures Software Developer's Manual, volume 2, section 2.7: EVEX). They take physical registers only. As
// everywhere in avo, the result comes last.

// VDPBF16PS adds to every lane of acc the two products of the pairs of bfloat16 in x and y.
func VDPBF16PS(x, y, acc reg.VecPhysical) {
	emit(fmt.Sprintf("VDPBF16PS %s, %s, %s", x.Asm(), y.Asm(), acc.Asm()),
		evex{prefix: prefixF3, opcode: 0x52}.registers(acc, y, x))
}

// VDPBF16PS_BCST is VDPBF16PS with one pair in memory for all lanes.
func VDPBF16PS_BCST(m operand.Mem, y, acc reg.VecPhysical) {
	emit(fmt.Sprintf("VDPBF16PS.BCST %s, %s, %s", m.Asm(), y.Asm(), acc.Asm()),
		evex{prefix: prefixF3, opcode: 0x52}.broadcast(acc, y, m))
}

// VCVTNE2PS2BF16 rounds 32 float32 to bfloat16, those of low to the lower half of the result.
func VCVTNE2PS2BF16(low, high, to reg.VecPhysical) {
	emit(fmt.Sprintf("VCVTNE2PS2BF16 %s, %s, %s", low.Asm(), high.Asm(), to.Asm()),
		evex{prefix: prefixF2, opcode: 0x72}.registers(to, high, low))
}

// emit writes the bytes of an instruction, with the instruction as a comment.
func emit(text string, code []byte) {
	Comment(text)
	write := func(opcode string, value operand.Op) {
		Instruction(&ir.Instruction{Opcode: opcode, Operands: []operand.Op{value}, ISA: []string{"AVX512_BF16"}})
	}
	for ; len(code) >= 4; code = code[4:] {
		write("LONG", operand.U32(binary.LittleEndian.Uint32(code)))
	}
	for ; len(code) >= 2; code = code[2:] {
		write("WORD", operand.U16(binary.LittleEndian.Uint16(code)))
	}
	for _, b := range code {
		write("BYTE", operand.U8(b))
	}
}

// The values of the field pp of an EVEX prefix.
const (
	prefixF3 = 2
	prefixF2 = 3
)

// evex is an instruction on 512-bit registers in the opcode map 0F38, with W = 0.
type evex struct{ prefix, opcode byte }

const (
	map0F38     = 2
	length512   = 2
	rmRegister  = 0xc0 // ModRM.mod
	rmDisp8     = 0x40
	rmDisp32    = 0x80
	rmSIB       = 4 // ModRM.rm: a SIB byte follows
	sibNoIndex  = 4 << 3
	elementSize = 4 // disp8 counts elements of a broadcast
)

// registers encodes an instruction with three registers, in Intel's order.
func (e evex) registers(first, second, third reg.VecPhysical) []byte {
	r, rm := number(first), number(third)
	code := e.start(r, number(second), rm>>4, rm>>3&1, false)
	return append(code, rmRegister|r&7<<3|rm&7)
}

// broadcast encodes an instruction whose third operand is 4 bytes in memory for all lanes.
func (e evex) broadcast(first, second reg.VecPhysical, m operand.Mem) []byte {
	r, base := number(first), number(m.Base.(reg.Physical))
	var index byte
	sib := m.Index != nil || base&7 == rmSIB
	if m.Index != nil {
		index = number(m.Index.(reg.Physical))
	}
	code := e.start(r, number(second), index>>3, base>>3, true)

	short := m.Disp%elementSize == 0 && m.Disp/elementSize == int(int8(m.Disp/elementSize))
	mod := byte(rmDisp32)
	switch {
	case m.Disp == 0 && base&7 != 5: // 5 without a displacement stands for another form
		mod = 0
	case short:
		mod = rmDisp8
	}
	if sib {
		code = append(code, mod|r&7<<3|rmSIB)
		switch {
		case m.Index == nil:
			code = append(code, sibNoIndex|base&7)
		default:
			scale := map[uint8]byte{1: 0, 2: 1, 4: 2, 8: 3}[m.Scale]
			code = append(code, scale<<6|index&7<<3|base&7)
		}
	} else {
		code = append(code, mod|r&7<<3|base&7)
	}
	switch mod {
	case rmDisp8:
		code = append(code, byte(m.Disp/elementSize))
	case rmDisp32:
		code = binary.LittleEndian.AppendUint32(code, uint32(m.Disp))
	}
	return code
}

// start encodes the prefix and the opcode. x and b are the upper bits of what ModRM and SIB name.
func (e evex) start(r, v, x, b byte, broadcast bool) []byte {
	flag := func(bit byte, at int) byte { return bit & 1 << at }
	code := []byte{
		0x62,
		^(flag(r>>3, 7)|flag(x, 6)|flag(b, 5)|flag(r>>4, 4))&0xf0 | map0F38,
		^v&15<<3 | 1<<2 | e.prefix,
		length512<<5 | ^(v>>4)&1<<3,
		e.opcode,
	}
	if broadcast {
		code[3] |= 1 << 4
	}
	return code
}

// number returns a register's number in encodings.
func number(r reg.Physical) byte { return byte(r.PhysicalIndex()) }
