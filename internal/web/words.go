package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/store"
)

// wordProtocols says in a sentence what each protocol measures.
func (study *Study) wordProtocols(ctx context.Context, s *store.Store) error {
	rows, err := query(ctx, s, "SELECT label, kind, k, temperature, distance, dataset, train_split, test_split, "+
		"selection, details FROM protocols")
	if err != nil {
		return err
	}
	for _, row := range rows {
		at := slices.IndexFunc(study.Protocols, func(p protocol) bool { return p.Label == text(row[0]) })
		if at < 0 {
			continue
		}
		details := map[string]string{}
		if err := json.Unmarshal([]byte(text(row[9])), &details); err != nil {
			return fmt.Errorf("protocol %q: details: %w", text(row[0]), err)
		}
		temperature, _ := row[3].(float64)
		p := store.Protocol{Kind: text(row[1]), K: int(whole(row[2])), Temperature: temperature, Distance: text(row[4]),
			Dataset:    text(row[5]),
			TrainSplit: text(row[6]), TestSplit: text(row[7]), Selection: store.Selection(text(row[8])), Details: details}
		study.Protocols[at].Words, study.Protocols[at].Factor, study.Protocols[at].Measured = inWords(p),
			details["factor"], p.Dataset
	}
	return nil
}

func inWords(p store.Protocol) string {
	var b strings.Builder
	switch p.Kind {
	case "knn":
		fmt.Fprintf(&b, "Each %s image takes the class that its %d nearest %s images vote for, by %s similarity of the "+
			"features, weighted by exp(similarity / %g).",
			p.TestSplit, p.K, p.TrainSplit, p.Distance, p.Temperature)
	case "linear":
		fmt.Fprintf(&b, "A linear classifier (logistic regression) is fitted to the features of the %s images and tested "+
			"on the %s images.", p.TrainSplit, p.TestSplit)
	case "zero-shot":
		fmt.Fprintf(&b, "Each %s image takes the class whose written description is nearest to it; no image is trained on "+
			"with a label.", p.TestSplit)
	case "retrieval":
		fmt.Fprintf(&b, "Each %s query looks for its match among the candidates, by %s similarity.", p.TestSplit, p.Distance)
	case "spread":
		fmt.Fprintf(&b, "How the features of %s images fill their space.", p.TestSplit)
	default:
		fmt.Fprintf(&b, "Evaluation %s of the %s images.", p.Kind, p.TestSplit)
	}
	var settings []string
	for _, key := range sortedDetails(p.Details) {
		settings = append(settings, strings.ReplaceAll(key, "_", " ")+": "+p.Details[key])
	}
	if len(settings) > 0 {
		fmt.Fprintf(&b, " Settings: %s.", strings.Join(settings, "; "))
	}
	if p.Selection == store.Best {
		b.WriteString(" The best step on the test images counts, which flatters.")
	} else {
		b.WriteString(" The weights after the last step count.")
	}
	return b.String()
}

func sortedDetails(details map[string]string) []string {
	keys := map[string]bool{}
	for key := range details {
		keys[key] = true
	}
	return sortedKeys(keys)
}
