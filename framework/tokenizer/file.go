package tokenizer

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
)

// header marks the first line of a merges file.
const header = "#version:"

// OpenAIVocabulary is the number of ids of CLIP's tokenizer. Its file,
// bpe_simple_vocab_16e6.txt.gz of github.com/openai/CLIP, has more merges than
// are used.
const OpenAIVocabulary = 49408

// Load reads merges in OpenAI's format from a file, gzipped or not: a line of
// its own with "#version:", then one merge a line, two symbols with a space
// between, the most important first. Merges after the vocabulary of that many
// ids is full are left out; 0 takes all.
func Load(path string, vocabulary, contextLength int) (*BPE, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	defer file.Close()
	merges, err := readMerges(file, vocabulary)
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", path, err)
	}
	t, err := New(merges, contextLength)
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", path, err)
	}
	return t, nil
}

func readMerges(file io.Reader, vocabulary int) ([]Merge, error) {
	limit, err := mergesOf(vocabulary)
	if err != nil {
		return nil, err
	}
	reader := bufio.NewReader(file)
	if magic, _ := reader.Peek(2); string(magic) == "\x1f\x8b" {
		unzip, err := gzip.NewReader(reader)
		if err != nil {
			return nil, err
		}
		reader = bufio.NewReader(unzip)
	}
	var merges []Merge
	lines := bufio.NewScanner(reader)
	for number := 1; lines.Scan() && len(merges) < limit; number++ {
		line := strings.TrimSuffix(lines.Text(), "\r")
		if line == "" || number == 1 && strings.Contains(line, header) {
			continue
		}
		left, right, ok := strings.Cut(line, " ")
		if !ok || left == "" || right == "" || strings.Contains(right, " ") {
			return nil, fmt.Errorf("line %d: %.40q is no merge; expected two symbols with a space between, such as \"t h\"", number, line)
		}
		merges = append(merges, Merge{left, right})
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(merges) == 0 && limit > 0 {
		return nil, fmt.Errorf("there are no merges in the file")
	}
	return merges, nil
}

// mergesOf is the number of merges of a vocabulary; 0 ids stand for any number.
func mergesOf(vocabulary int) (int, error) {
	if vocabulary == 0 {
		return math.MaxInt, nil
	}
	if vocabulary < MinVocabulary {
		return 0, fmt.Errorf("a vocabulary of %d ids is too small: the bytes and the ends of a text alone need %d", vocabulary, MinVocabulary)
	}
	return vocabulary - MinVocabulary, nil
}
