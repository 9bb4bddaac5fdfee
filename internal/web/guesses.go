package web

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// guesses are what a run said of the first test samples under a protocol, and
// the labels, a character each: the class is its code less firstCode.
type guesses struct {
	Run      int64  `json:"run"`
	Protocol int    `json:"protocol"`
	Labels   string `json:"labels,omitempty"` // left out where they are those of the guesses before
	Said     string `json:"said"`
}

// firstCode is the code of class 0, beyond all characters that need escaping.
const firstCode = 0xA1

// mostClasses keeps the codes below those that are no characters.
const mostClasses = 0xD000

// readGuesses reads the predictions of finished runs for the first samples.
func (study *Study) readGuesses(ctx context.Context, s *store.Store, samples int) error {
	rows, err := query(ctx, s, fmt.Sprintf(`
		SELECT p.run, l.label, p.sample, p.label, p.predicted
		FROM predictions p JOIN runs r ON r.id = p.run JOIN protocols l ON l.id = p.protocol
		WHERE r.study = %s AND r.status = 'finished' AND p.sample < %d ORDER BY p.run, p.protocol, p.sample`,
		quote(study.Name), samples))
	if err != nil {
		return err
	}
	var labels, said []rune
	last := guesses{Run: -1}
	before := ""
	flush := func() {
		if len(said) == 0 || last.Protocol < 0 {
			return
		}
		last.Said = string(said)
		if now := string(labels); now != before {
			last.Labels, before = now, now
		}
		study.Guesses = append(study.Guesses, last)
	}
	for _, row := range rows {
		at := slices.IndexFunc(study.Protocols, func(p protocol) bool { return p.Label == text(row[1]) })
		if run := whole(row[0]); run != last.Run || at != last.Protocol {
			flush()
			last, labels, said = guesses{Run: run, Protocol: at}, nil, nil
		}
		label, guess := whole(row[3]), whole(row[4])
		if whole(row[2]) != int64(len(said)) || label < 0 || guess < 0 || label >= mostClasses || guess >= mostClasses {
			continue // a gap: what comes after it can't be placed
		}
		labels, said = append(labels, rune(firstCode+label)), append(said, rune(firstCode+guess))
	}
	flush()
	return nil
}
