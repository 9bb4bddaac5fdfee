package web

import (
	"context"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// verdict is a row of the view verdicts: what is known of the first of two settings.
type verdict struct {
	First    int    `json:"first"` // indices into Settings
	Second   int    `json:"second"`
	Protocol int    `json:"protocol"`
	Metric   string `json:"metric"`
	Verdict  string `json:"verdict"`
	Mean     any    `json:"mean"` // first minus second; null where it is unknown
	Lower    any    `json:"lower"`
	Upper    any    `json:"upper"`
	N        int64  `json:"n"`
	Holm     any    `json:"holm"` // p-value after Holm's correction over the table
	Test     string `json:"test"`
	Margin   any    `json:"margin"`
	Needed   any    `json:"needed"` // seeds that would decide
}

// readVerdicts reads the verdicts that still hold.
func (study *Study) readVerdicts(ctx context.Context, s *store.Store) error {
	study.Verdicts = []verdict{}
	rows, err := query(ctx, s, `
		SELECT first, first_hash, second, second_hash, backbone, dataset, protocol, metric, verdict,
			difference, lower, upper, n, p_holm, test, margin, seeds_needed
		FROM verdicts WHERE stale = 0 AND study = `+quote(study.Name))
	if err != nil {
		return err
	}
	known := map[string]int{}
	for i, p := range study.Protocols {
		known[p.Label] = i
	}
	for _, row := range rows {
		protocol, found := known[text(row[6])]
		if !found {
			continue
		}
		study.Verdicts = append(study.Verdicts, verdict{
			First:  study.settingOf(text(row[0]), text(row[4]), text(row[5]), text(row[1])),
			Second: study.settingOf(text(row[2]), text(row[4]), text(row[5]), text(row[3])), Protocol: protocol,
			Metric:  text(row[7]),
			Verdict: text(row[8]), Mean: row[9], Lower: row[10], Upper: row[11], N: whole(row[12]), Holm: row[13],
			Test: text(row[14]), Margin: row[15], Needed: row[16],
		})
	}
	return nil
}

// Judged reports whether all verdicts on a study that are recorded still hold,
// and there are any.
func Judged(ctx context.Context, s *store.Store, study string) (bool, error) {
	rows, err := query(ctx, s, "SELECT count(*), total(stale) FROM verdicts WHERE study = "+quote(study))
	return err == nil && whole(rows[0][0]) > 0 && rows[0][1] == 0.0, err
}
