package tokenizer

import (
	"cmp"
	"container/heap"
	"errors"
	"iter"
	"maps"
	"slices"
)

// Learn returns a tokenizer with merges learned from texts (Sennrich et al.
// 2016, §3.2): the most frequent pair of neighboring symbols is merged, again
// and again, until the vocabulary has that many ids, or no pair occurs twice. Of
// pairs equally frequent the first in byte order is merged. Equal texts give
// equal tokenizers, in whatever order they come.
func Learn(texts iter.Seq[string], vocabulary, contextLength int) (*BPE, error) {
	limit, err := mergesOf(vocabulary)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for text := range texts {
		for _, word := range split(Clean(text)) {
			if word != StartOfText && word != EndOfText {
				counts[word]++
			}
		}
	}
	if len(counts) == 0 {
		return nil, errors.New("tokenizer: there are no words to learn from; the texts are empty")
	}
	l := newLearner(counts)
	var merges []Merge
	for len(merges) < limit {
		merge, found := l.next()
		if !found {
			break
		}
		merges = append(merges, merge)
		l.apply(merge)
	}
	return New(merges, contextLength)
}

// learner counts the pairs of neighboring symbols in the words of a text.
type learner struct {
	words  [][]string // symbols of each word
	counts []int      // how often each word occurs
	pairs  map[Merge]int
	where  map[Merge]map[int]bool // words that have, or had, the pair
	queue  candidates             // every pair with each count it has had
}

func newLearner(counts map[string]int) *learner {
	l := &learner{pairs: map[Merge]int{}, where: map[Merge]map[int]bool{}}
	for i, word := range slices.Sorted(maps.Keys(counts)) {
		l.words = append(l.words, wordSymbols(word))
		l.counts = append(l.counts, counts[word])
		l.count(i, +1)
	}
	for pair, count := range l.pairs {
		l.queue = append(l.queue, candidate{pair, count})
	}
	heap.Init(&l.queue)
	return l
}

// count adds or takes away the pairs of a word, and returns them.
func (l *learner) count(word, sign int) []Merge {
	symbols := l.words[word]
	var pairs []Merge
	for i := range len(symbols) - 1 {
		pair := Merge{symbols[i], symbols[i+1]}
		l.pairs[pair] += sign * l.counts[word]
		if l.where[pair] == nil {
			l.where[pair] = map[int]bool{}
		}
		l.where[pair][word] = true
		pairs = append(pairs, pair)
	}
	return pairs
}

// next returns the most frequent pair, if one occurs twice.
func (l *learner) next() (Merge, bool) {
	for len(l.queue) > 0 {
		best := heap.Pop(&l.queue).(candidate)
		if best.count < 2 {
			return Merge{}, false
		}
		if l.pairs[best.pair] == best.count {
			return best.pair, true
		}
	}
	return Merge{}, false
}

// apply merges a pair in all words.
func (l *learner) apply(merge Merge) {
	changed := map[Merge]bool{}
	for word := range l.where[merge] {
		for _, sign := range []int{-1, +1} {
			for _, pair := range l.count(word, sign) {
				changed[pair] = true
			}
			if sign < 0 {
				l.words[word] = apply(l.words[word], merge)
			}
		}
	}
	delete(l.pairs, merge)
	delete(l.where, merge)
	for pair := range changed {
		if count := l.pairs[pair]; count > 0 {
			heap.Push(&l.queue, candidate{pair, count})
		}
	}
}

// candidate is a pair with a count that it had when it was queued.
type candidate struct {
	pair  Merge
	count int
}

// candidates is a heap, the pair to merge next on top.
type candidates []candidate

func (c candidates) Len() int { return len(c) }
func (c candidates) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(c[j].count, c[i].count),
		cmp.Compare(c[i].pair.Left, c[j].pair.Left), cmp.Compare(c[i].pair.Right, c[j].pair.Right)) < 0
}
func (c candidates) Swap(i, j int) { c[i], c[j] = c[j], c[i] }
func (c *candidates) Push(x any)   { *c = append(*c, x.(candidate)) }
func (c *candidates) Pop() any {
	old := *c
	last := old[len(old)-1]
	*c = old[:len(old)-1]
	return last
}
