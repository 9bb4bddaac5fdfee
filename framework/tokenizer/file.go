package tokenizer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/textfile"
)

// header marks the first line of a merges file.
const header = "#version:"

// OpenAIVocabulary is the number of ids of CLIP's tokenizer. Its file,
// bpe_simple_vocab_16e6.txt.gz of github.com/openai/CLIP, has more merges than
// are used.
const OpenAIVocabulary = 49408

// maxBytes is more text than any file of merges has.
const maxBytes = 64 << 20

// Load reads merges in OpenAI's format from a file, gzipped or not: a line of
// its own with "#version:", then one merge a line, two symbols with a space
// between, the most important first. Merges after the vocabulary of that many
// ids is full are left out; 0 takes all.
func Load(path string, vocabulary, contextLength int) (*BPE, error) {
	content, err := textfile.ReadSmall(path)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	merges, lines, err := readMerges(bytes.NewReader(content), vocabulary)
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", path, err)
	}
	t, err := New(merges, contextLength)
	var wrong *mergeError
	if errors.As(err, &wrong) {
		return nil, fmt.Errorf("tokenizer %s: line %d: %w", path, lines[wrong.merge], err)
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", path, err)
	}
	return t, nil
}

// readMerges returns the merges, and the line of each.
func readMerges(file io.Reader, vocabulary int) (merges []Merge, lines []int, err error) {
	limit, err := mergesOf(vocabulary)
	if err != nil {
		return nil, nil, err
	}
	reader := bufio.NewReader(file)
	if magic, _ := reader.Peek(2); string(magic) == "\x1f\x8b" {
		unzip, err := gzip.NewReader(reader)
		if err != nil {
			return nil, nil, err
		}
		reader = bufio.NewReader(unzip)
	}
	raw, err := io.ReadAll(io.LimitReader(reader, maxBytes+1))
	if err != nil {
		return nil, nil, err
	}
	if len(raw) > maxBytes {
		return nil, nil, fmt.Errorf("more than %d MiB of text: this is no file of merges", maxBytes>>20)
	}
	text, err := textfile.Decode(raw)
	if err != nil {
		return nil, nil, err
	}
	if strings.HasPrefix(strings.TrimSpace(text), "{") && strings.Contains(text, `"merges"`) {
		return nil, nil, errors.New("this is JSON, as of tokenizer.json; take merges.txt, which lies beside it")
	}
	seen := map[Merge]int{}
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		if number++; line == "" || number == 1 && strings.Contains(line, header) {
			continue
		}
		if len(merges) == limit {
			break
		}
		left, right, ok := strings.Cut(line, " ")
		if !ok || left == "" || right == "" || strings.Contains(right, " ") {
			return nil, nil, fmt.Errorf(
				"line %d: %.40q is no merge; expected two symbols with a space between, such as \"t h\"", number, line,
			)
		}
		merge := Merge{left, right}
		if earlier := seen[merge]; earlier > 0 {
			return nil, nil, fmt.Errorf("line %d: the merge %q is there already, in line %d", number, line, earlier)
		}
		seen[merge] = number
		merges, lines = append(merges, merge), append(lines, number)
	}
	if len(merges) == 0 && limit > 0 {
		return nil, nil, errors.New("there are no merges in the file")
	}
	return merges, lines, nil
}

// mergesOf is the number of merges of a vocabulary; 0 ids stand for any number.
func mergesOf(vocabulary int) (int, error) {
	if vocabulary == 0 {
		return math.MaxInt, nil
	}
	if vocabulary < MinVocabulary {
		return 0, fmt.Errorf("a vocabulary of %d ids is too small: the bytes and the ends of a text alone need %d",
			vocabulary, MinVocabulary)
	}
	return vocabulary - MinVocabulary, nil
}
