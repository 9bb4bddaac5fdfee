package store

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/kontrast-ml/kontrast/framework/config"
)

// unhashed are the settings that no hash of a configuration has: what a
// comparison varies by itself, and what changes no number.
var unhashed = []string{
	"seed", "study", "baselines", "train.workers", "train.checkpoint", "train.log_every", "backbone.weights.file",
	"backbone.weights.merges",
}

// Places are the settings that say where the user's own data lie and how they
// are kept in memory. What they are counts instead, if it is known.
var Places = []string{"dataset.path", "dataset.test", "dataset.images", "dataset.class_names", "dataset.attributes",
	"dataset.cache_bytes", "dataset.cache_disk_bytes"}

// Identity says what lies where settings lead to, wherever that is. The zero value says nothing.
type Identity struct {
	Data     string            `json:"data,omitempty"`     // fingerprints of the splits of the data; empty if not known
	Contents map[string]string `json:"contents,omitempty"` // see [Data]
}

// Known says whether it says anything.
func (i Identity) Known() bool { return i.Data != "" || len(i.Contents) > 0 }

// Contradicts says whether both say something of the same setting that differs.
func (i Identity) Contradicts(other Identity) bool {
	if i.Data != "" && other.Data != "" && i.Data != other.Data {
		return true
	}
	for key, content := range i.Contents {
		if there, known := other.Contents[key]; known && there != content {
			return true
		}
	}
	return false
}

// Identity is equal for equal data and files, wherever they lie.
func (d Data) Identity() Identity { return Identity{d.fingerprints(), d.Contents} }

// fingerprints are those of the splits; empty if they are not known.
func (d Data) fingerprints() string {
	prints := make([]string, len(d.Splits))
	for i, split := range d.Splits {
		prints[i] = split.Name + " " + split.Fingerprint
	}
	slices.Sort(prints)
	return strings.Join(prints, ", ")
}

// ConfigHash is the hash of a configuration in the canonical form: equal for
// runs that differ in their seed only, in what changes no number, or in where
// the same data and files lie. The user's own are told by their identity, and
// by their path as far as that says nothing of them.
func ConfigHash(configuration json.RawMessage, identity Identity) (string, error) {
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
	if identity.Data != "" && placed(doc) {
		doc = doc.Without(Places...)
		if err := doc.Assign("data", "dataset.fingerprints", `"`+identity.Data+`"`); err != nil {
			return "", err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(identity.Contents)) {
		if err := assignContent(doc, key, identity.Contents[key]); err != nil {
			return "", err
		}
	}
	return doc.Hash(omitted...), nil
}

// assignContent puts what lies at a path in the place of the path, and nothing
// in that of the other settings that say where the same data lie.
func assignContent(doc *config.Document, key, content string) error {
	if choice, ofData := strings.CutSuffix(key, ".path"); ofData {
		for _, place := range Places {
			beside := choice + strings.TrimPrefix(place, "dataset")
			if _, given := doc.Root().Get(beside); !given {
				continue
			}
			if err := doc.Assign("data", beside, `""`); err != nil {
				return err
			}
		}
	}
	if _, given := doc.Root().Get(key); !given {
		return nil
	}
	return doc.Assign("contents", key, `"content `+content+`"`)
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
