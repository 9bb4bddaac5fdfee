package web

import (
	"context"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// contribution is a row of the view contributions: what a factor of an ablation
// makes of the difference of its two ends.
type contribution struct {
	First    string `json:"first"` // the two ends
	Second   string `json:"second"`
	Protocol int    `json:"protocol"` // index into Protocols
	Metric   string `json:"metric"`
	Factor   string `json:"factor"` // empty for all together
	From     string `json:"from"`   // its levels
	To       string `json:"to"`
	Value    any    `json:"value"`
	Lower    any    `json:"lower"`
	Upper    any    `json:"upper"`
	Holm     any    `json:"holm"`
	Added    any    `json:"added"` // changed first
	Taken    any    `json:"taken"` // changed last
	N        int64  `json:"n"`
	Corners  int64  `json:"corners"`
	Orders   any    `json:"orders"`
	Note     string `json:"note"`
}

// readContributions reads the contributions that still hold, in the order of the factors.
func (study *Study) readContributions(ctx context.Context, s *store.Store) error {
	study.Contributions = []contribution{}
	rows, err := query(ctx, s, `
		SELECT first, second, protocol, metric, factor, from_level, to_level, value, lower, upper, p_holm, added, taken, n, corners, orders, note
		FROM contributions WHERE stale = 0 AND study = `+quote(study.Name)+` ORDER BY protocol, metric, position IS NULL, position`)
	if err != nil {
		return err
	}
	known := map[string]int{}
	for i, p := range study.Protocols {
		known[p.Label] = i
	}
	for _, row := range rows {
		if protocol, found := known[text(row[2])]; found {
			study.Contributions = append(study.Contributions, contribution{
				First: text(row[0]), Second: text(row[1]), Protocol: protocol, Metric: text(row[3]), Factor: text(row[4]),
				From: text(row[5]), To: text(row[6]),
				Value: row[7], Lower: row[8], Upper: row[9], Holm: row[10], Added: row[11], Taken: row[12], N: whole(row[13]),
				Corners: whole(row[14]),
				Orders:  row[15], Note: text(row[16]),
			})
		}
	}
	return nil
}
