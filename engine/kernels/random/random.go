// Package random makes the random bits of GoMLX's RNGBitGenerator.
//
// GoMLX's Go backend takes them from math/rand/v2's PCG generator seeded with
// the first two words of the RNG state, eight little-endian bytes a number.
// PCG's state is a 128-bit linear congruential generator (O'Neill 2014, HMC
// CS-2014-0905), which can jump ahead in logarithmic time (Brown 1994, "Random
// Number Generation with Arbitrary Strides"), so blocks are made in parallel.
package random

import (
	"encoding/binary"
	"math/bits"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// perItem is how many 64-bit numbers a work item makes.
const perItem = 1 << 13

// Bits fills dst with random bits and returns the state to continue with: the first two of the three words of
// a GoMLX RNG state. The third is never changed. GoMLX reads the generator's big-endian encoding as little-endian,
// so the words come back with their bytes reversed, as here.
func Bits(p *pool.Pool, state [2]uint64, dst []byte) [2]uint64 {
	start := uint128{hi: state[0], lo: state[1]}
	numbers := (len(dst) + 7) / 8
	p.Run((numbers+perItem-1)/perItem, func(i, _ int) {
		fill(start.jump(uint64(i)*perItem), dst[i*perItem*8:min((i+1)*perItem*8, len(dst))])
	})
	end := start.jump(uint64(numbers))
	return [2]uint64{bits.ReverseBytes64(end.hi), bits.ReverseBytes64(end.lo)}
}

func fill(s uint128, dst []byte) {
	for ; len(dst) >= 8; dst = dst[8:] {
		s = s.next()
		binary.LittleEndian.PutUint64(dst, s.output())
	}
	if len(dst) > 0 {
		var last [8]byte
		binary.LittleEndian.PutUint64(last[:], s.next().output())
		copy(dst, last[:])
	}
}

// uint128 is the state of PCG: math/rand/v2.NewPCG(hi, lo).
type uint128 struct{ hi, lo uint64 }

// The step of PCG: state × multiplier + increment mod 2¹²⁸.
var (
	multiplier = uint128{hi: 2549297995355413924, lo: 4865540595714422341}
	increment  = uint128{hi: 6364136223846793005, lo: 1442695040888963407}
)

func (a uint128) mul(b uint128) uint128 {
	hi, lo := bits.Mul64(a.lo, b.lo)
	return uint128{hi: hi + a.hi*b.lo + a.lo*b.hi, lo: lo}
}

func (a uint128) add(b uint128) uint128 {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return uint128{hi: hi, lo: lo}
}

func (a uint128) next() uint128 { return a.mul(multiplier).add(increment) }

// output is the permutation DXSM ("double xorshift multiply") of a state.
func (a uint128) output() uint64 {
	const cheap = 0xda942042e4dd58b5
	hi := a.hi
	hi ^= hi >> 32
	hi *= cheap
	hi ^= hi >> 48
	return hi * (a.lo | 1)
}

// jump returns the state n steps ahead: the affine step composed with itself by repeated squaring.
func (a uint128) jump(n uint64) uint128 {
	factor, term := uint128{lo: 1}, uint128{}
	stepFactor, stepTerm := multiplier, increment
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			factor = factor.mul(stepFactor)
			term = term.mul(stepFactor).add(stepTerm)
		}
		stepTerm = stepTerm.mul(stepFactor).add(stepTerm)
		stepFactor = stepFactor.mul(stepFactor)
	}
	return a.mul(factor).add(term)
}
