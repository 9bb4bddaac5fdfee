package tokenizer

// byteSymbol is by byte, byteOrder by id, byteOf by symbol; see [New].
var byteSymbol, byteOrder, byteOf = byteSymbols()

func byteSymbols() (symbol, order [byteValues]string, of map[rune]byte) {
	printable := func(b int) bool { return '!' <= b && b <= '~' || '¡' <= b && b <= '¬' || '®' <= b }
	of = make(map[rune]byte, byteValues)
	id, other := 0, rune(byteValues)
	add := func(b int, r rune) {
		symbol[b], order[id], of[r] = string(r), string(r), byte(b)
		id++
	}
	for b := range byteValues {
		if printable(b) {
			add(b, rune(b))
		}
	}
	for b := range byteValues {
		if !printable(b) {
			add(b, other)
			other++
		}
	}
	return symbol, order, of
}
