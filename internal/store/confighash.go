package store

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// unhashed are the settings that no hash of a configuration has: what a
// comparison varies by itself, and what changes no number.
var unhashed = []string{"seed", "study", "baselines", "train.workers", "train.checkpoint", "backbone.weights.file"}

// Places are the settings that say where the user's own data lie and how they
// are kept in memory. What they are counts instead, if it is known.
var Places = []string{"dataset.path", "dataset.test", "dataset.images", "dataset.class_names", "dataset.attributes",
	"dataset.cache_bytes"}

// Identity is equal for equal data, wherever they lie: the fingerprints of the
// splits. It is empty if they are not known.
func (d Data) Identity() string {
	prints := make([]string, len(d.Splits))
	for i, split := range d.Splits {
		prints[i] = split.Name + " " + split.Fingerprint
	}
	slices.Sort(prints)
	return strings.Join(prints, ", ")
}

// ConfigHash is the hash of a configuration in the canonical form: equal for
// runs that differ in their seed only, in what changes no number, or in where
// the same data lie. The user's own data are told by their [Data.Identity], and
// by their path where that is empty.
func ConfigHash(configuration json.RawMessage, identity string) (string, error) {
	doc, err := config.Parse("configuration", configuration)
	if err != nil {
		return "", err
	}
	var given struct {
		Seeds map[string]*uint64 `json:"seeds"`
	}
	if err := json.Unmarshal(configuration, &given); err != nil {
		return "", err
	}
	omitted := append(slices.Clip(unhashed), "seeds")
	for _, seed := range given.Seeds {
		if seed != nil { // they make a setting of their own
			omitted = unhashed
		}
	}
	if identity != "" && placed(doc) {
		doc = doc.Without(Places...)
		if err := doc.Assign("data", "dataset.fingerprints", `"`+identity+`"`); err != nil {
			return "", err
		}
	}
	return doc.Hash(omitted...), nil
}

// Placed says whether the data of a configuration lie where the user has put them.
func Placed(configuration json.RawMessage) bool {
	doc, err := config.Parse("configuration", configuration)
	return err == nil && placed(doc)
}

func placed(doc *config.Document) bool {
	path, _ := doc.Root().Get("dataset.path")
	text, ok := path.Text()
	return ok && text != ""
}
