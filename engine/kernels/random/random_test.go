package random

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/kontrast-ml/kontrast/engine/pool"
)

// reference is what GoMLX's Go backend does.
func reference(t *testing.T, state [2]uint64, n int) ([]byte, [2]uint64) {
	rng := rand.NewPCG(state[0], state[1])
	dst := make([]byte, n)
	var word uint64
	for i := range dst {
		if i%8 == 0 {
			word = rng.Uint64()
		}
		dst[i] = byte(word)
		word >>= 8
	}
	text, err := rng.MarshalBinary()
	if err != nil || len(text) != 20 {
		t.Fatalf("state of PCG: %q, %v", text, err)
	}
	return dst, [2]uint64{binary.LittleEndian.Uint64(text[4:]), binary.LittleEndian.Uint64(text[12:])}
}

func TestSameBitsAsPCG(t *testing.T) {
	p := pool.New(2)
	defer p.Close()
	for _, state := range [][2]uint64{{0, 0}, {1, 2}, {1 << 63, ^uint64(0)}} {
		for _, n := range []int{0, 1, 7, 8, 9, 16, 8*perItem - 1, 8 * perItem, 8*perItem + 1, 24*perItem + 5} {
			want, wantState := reference(t, state, n)
			for _, pool := range []*pool.Pool{nil, p} {
				got := make([]byte, n)
				gotState := Bits(pool, state, got)
				if !bytes.Equal(got, want) || gotState != wantState {
					t.Errorf("state %v, %d bytes: bits equal %v, next state %x, want %x",
						state, n, bytes.Equal(got, want), gotState, wantState)
				}
			}
		}
	}
}

func BenchmarkBits(b *testing.B) {
	dst := make([]byte, 4<<20)
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			p := pool.New(threads)
			defer p.Close()
			b.SetBytes(int64(len(dst)))
			for b.Loop() {
				Bits(p, [2]uint64{1, 2}, dst)
			}
		})
	}
}
