// Package tokenizer turns texts into token ids by byte-pair encoding (Sennrich
// et al. 2016, arXiv:1508.07909) in the format of OpenAI's CLIP (Radford et al.
// 2021, arXiv:2103.00020, §2.4): merges are read from a file, or learned from
// the captions of a data set.
//
// A vocabulary is, in the order of its ids: the 256 bytes inside a word, the
// 256 bytes at the end of a word, one symbol a merge, the start of text and the
// end of text. Bytes are written as printable characters, see [New].
package tokenizer

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// Merge joins two neighboring symbols of a word.
type Merge struct{ Left, Right string }

const (
	// StartOfText and EndOfText are the special tokens around every text. In
	// the text itself they are recognized as well.
	StartOfText = "<|startoftext|>"
	EndOfText   = "<|endoftext|>" // see StartOfText

	endOfWord  = "</w>"
	byteValues = 256
	// MinVocabulary is the number of tokens that are no merges.
	MinVocabulary = 2*byteValues + 2
	// cached is the number of words whose tokens are remembered.
	cached = 1 << 16
)

// BPE is a byte-pair tokenizer. It is safe for concurrent use. [New], [Load] and
// [Learn] make one; the zero value is of no use.
type BPE struct {
	merges  []Merge
	ranks   map[Merge]int
	symbols []string // by id
	ids     map[string]int32
	context int

	words sync.Map // of string to []int32
	count atomic.Int64
}

// New returns the tokenizer of those merges, the first the most important. Its
// texts have at most contextLength tokens, at least 2; CLIP's have 77.
//
// The symbols of the bytes 33 to 126, 161 to 172 and 174 to 255 are the Latin-1
// characters of those numbers; the other bytes, in order, are the characters
// from U+0100 on. A symbol that ends a word ends with "</w>".
func New(merges []Merge, contextLength int) (*BPE, error) {
	if contextLength < 2 {
		return nil, fmt.Errorf(
			"a context of %d tokens has no room for the start and the end of a text; it must be at least 2", contextLength,
		)
	}
	t := &BPE{merges: slices.Clone(merges), ranks: make(map[Merge]int, len(merges)), context: contextLength}
	t.symbols = append(t.symbols, byteOrder[:]...)
	for _, symbol := range byteOrder {
		t.symbols = append(t.symbols, symbol+endOfWord)
	}
	known := make(map[string]bool, MinVocabulary+len(merges))
	for _, symbol := range t.symbols {
		known[symbol] = true
	}
	for rank, merge := range merges {
		for _, part := range []string{merge.Left, merge.Right} {
			if !known[part] {
				return nil, &mergeError{rank, merge, part}
			}
		}
		known[merge.Left+merge.Right] = true
		t.ranks[merge] = rank
		t.symbols = append(t.symbols, merge.Left+merge.Right)
	}
	t.symbols = append(t.symbols, StartOfText, EndOfText)
	t.ids = make(map[string]int32, len(t.symbols))
	for id, symbol := range t.symbols {
		t.ids[symbol] = int32(id) // of two merges to the same symbol the later gives the id, as in OpenAI's code
	}
	return t, nil
}

// mergeError is a merge of a symbol that there is not.
type mergeError struct {
	merge int // its index
	Merge
	part string
}

func (e *mergeError) Error() string {
	return fmt.Sprintf("merge %d (%s %s): %q is neither the symbol of a byte nor made by an earlier merge",
		e.merge+1, e.Left, e.Right, e.part)
}

// VocabularySize is the number of ids: 514 and one for each merge.
func (t *BPE) VocabularySize() int { return len(t.symbols) }

// ContextLength is the largest number of tokens of a text.
func (t *BPE) ContextLength() int { return t.context }

// Merges returns the merges, the first the most important.
func (t *BPE) Merges() []Merge { return slices.Clone(t.merges) }

// Start is the id of the start of text, End that of the end: the highest of all.
func (t *BPE) Start() int32 { return int32(len(t.symbols) - 2) }

// End is the id of the end of text.
func (t *BPE) End() int32 { return int32(len(t.symbols) - 1) }

// Tokens returns the ids of a text between the start and the end of text. A
// text that is too long for the context is cut, and ends with the end of text
// nevertheless.
func (t *BPE) Tokens(text string) []int32 {
	ids := append([]int32{t.Start()}, t.Encode(text)...)
	ids = ids[:min(len(ids), t.context-1)]
	return append(ids, t.End())
}

// Encode returns the ids of a text, cleaned by [Clean], without start and end.
func (t *BPE) Encode(text string) []int32 {
	var ids []int32
	for _, word := range split(Clean(text)) {
		ids = append(ids, t.word(word)...)
	}
	return ids
}

// Decode returns the text of ids, with a space after each word. Ids outside of
// the vocabulary are left out; bytes that are no UTF-8 become U+FFFD.
func (t *BPE) Decode(ids []int32) string {
	var text strings.Builder
	for _, id := range ids {
		if id < 0 || int(id) >= len(t.symbols) {
			continue
		}
		symbol, ends := strings.CutSuffix(t.symbols[id], endOfWord)
		for _, r := range symbol {
			text.WriteByte(byteOf[r])
		}
		if ends {
			text.WriteByte(' ')
		}
	}
	return strings.ToValidUTF8(text.String(), "�")
}

// word returns the ids of a word.
func (t *BPE) word(word string) []int32 {
	if word == StartOfText || word == EndOfText {
		return []int32{t.ids[word]}
	}
	if ids, found := t.words.Load(word); found {
		return ids.([]int32)
	}
	symbols := wordSymbols(word)
	for len(symbols) > 1 {
		best, found := t.bestMerge(symbols)
		if !found {
			break
		}
		symbols = apply(symbols, best)
	}
	ids := make([]int32, len(symbols))
	for i, symbol := range symbols {
		ids[i] = t.ids[symbol]
	}
	if t.count.Add(1) <= cached {
		t.words.Store(word, ids)
	}
	return ids
}

// bestMerge returns the most important merge that the symbols allow.
func (t *BPE) bestMerge(symbols []string) (best Merge, found bool) {
	lowest := len(t.merges)
	for i := range len(symbols) - 1 {
		merge := Merge{symbols[i], symbols[i+1]}
		if rank, known := t.ranks[merge]; known && rank < lowest {
			best, lowest, found = merge, rank, true
		}
	}
	return best, found
}

// apply merges every occurrence in place, from the left.
func apply(symbols []string, merge Merge) []string {
	out := symbols[:0]
	for i := 0; i < len(symbols); i++ {
		if i+1 < len(symbols) && symbols[i] == merge.Left && symbols[i+1] == merge.Right {
			out = append(out, merge.Left+merge.Right)
			i++
		} else {
			out = append(out, symbols[i])
		}
	}
	return out
}

// wordSymbols returns the symbols of a word's bytes; the last ends the word.
func wordSymbols(word string) []string {
	symbols := make([]string, len(word))
	for i := range len(word) {
		symbols[i] = byteSymbol[word[i]]
	}
	symbols[len(symbols)-1] += endOfWord
	return symbols
}
