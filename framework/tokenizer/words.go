package tokenizer

import "regexp"

// wordPattern finds the words of a text: the special tokens, English
// contractions, runs of letters, single digits, and runs of anything else.
var wordPattern = regexp.MustCompile(
	`(?i)<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^ \p{L}\p{N}]+`,
)

// split cuts a cleaned text into words.
func split(text string) []string { return wordPattern.FindAllString(text, -1) }
