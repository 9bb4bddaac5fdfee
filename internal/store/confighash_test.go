package store

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// split returns data of one split.
func split(fingerprint string) Data {
	return Data{Splits: []Split{{Name: "train", Fingerprint: fingerprint}}}
}

func configHash(t *testing.T, configuration string, data Data) string {
	t.Helper()
	hash, err := ConfigHash(json.RawMessage(configuration), data.Identity())
	check(t, err)
	return hash
}

func TestTheHashKnowsDataByWhatTheyAre(t *testing.T) {
	const here = `{"dataset":{"name":"folder","path":"a","test":"","test_fraction":0.5},"seed":1}`
	const there = `{"dataset":{"name":"folder","path":"/b/c","test":"","test_fraction":0.5},"seed":2,` +
		`"seeds":{"order":null}}`
	known := configHash(t, here, split("f"))
	if got := configHash(t, there, split("f")); got != known {
		t.Errorf("the same data elsewhere have the hash %s, want %s", got, known)
	}
	for what, other := range map[string]string{
		"other data":                  configHash(t, here, split("g")),
		"data that are not known":     configHash(t, here, Data{}),
		"data not known, elsewhere":   configHash(t, there, Data{}),
		"another setting of the data": configHash(t, strings.Replace(here, "0.5", "0.25", 1), split("f")),
		"a seed of its own":           configHash(t, strings.Replace(there, "null", "3", 1), split("f")),
	} {
		if other == known {
			t.Errorf("%s: the hash is the same", what)
		}
	}
	const shapes = `{"dataset":{"name":"shapes","test":200},"seed":1}`
	if configHash(t, shapes, split("f")) != configHash(t, shapes, Data{}) {
		t.Error("the hash of data that come with the program depends on what is known of them")
	}
	if configHash(t, here, Data{}) == configHash(t, there, Data{}) {
		t.Error("data that are not known are told apart by their path")
	}
}

// oldPlaces is a database of schema 11 with runs of the same data in two
// places, of other data in one of them, and of a configuration that was edited.
func oldPlaces(t *testing.T) string {
	t.Helper()
	scripts, err := migrations()
	check(t, err)
	script := strings.Join(scripts[:11], ";") + fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = 11;",
		ApplicationID) + `
		INSERT INTO identity VALUES (1, 'u', 'now');
		INSERT INTO protocols (id, label, kind, selection) VALUES (1, 'knn', 'knn', 'last');
		INSERT INTO ablations (study, first, second, corners, all_orders, time) VALUES ('s', 'a', 'b', 2, 1, 'now');`
	add := func(id int, method, path, fingerprint, hash string) {
		configuration := fmt.Sprintf(
			`{"dataset":{"name":"folder","path":"%s"},"method":{"name":"%s"},"seed":%d}`, path, method, id,
		)
		if hash == "" {
			hash = configHash(t, configuration, Data{})
		}
		script += fmt.Sprintf(`
			INSERT INTO runs (id, name, study, method, backbone, dataset, seed, config_hash, config, started, heartbeat,
				uuid, locations)
			VALUES (%[1]d, 'r%[1]d', 's', '%[2]s', 'b', 'folder', %[1]d, '%[3]s', '%[4]s', '2026-01-01T00:00:00.000Z',
				'2026-01-01T00:00:00.000Z', 'u%[1]d', iif(%[1]d = 1, NULL, '{}'));
			INSERT INTO splits (run, split, samples, fingerprint) VALUES (%[1]d, 'train', 4, '%[5]s');`,
			id, method, hash, configuration, fingerprint)
		if id < 3 {
			script += fmt.Sprintf(`
				INSERT INTO comparisons (study, dataset, backbone, protocol, metric, first, first_hash, second, second_hash,
					n, test, verdict, margin, time)
				VALUES ('s', 'folder', 'b', 1, 'top1', 'simclr', '%[1]s', 'byol', '%[2]s',
					1, 'none', 'undecided', 0, 'now');
				INSERT INTO ablation_corners (study, corner, label, config_hash) VALUES ('s', %[3]d, 'x', '%[1]s');`,
				hash, strings.Repeat("0", 64), id)
		}
	}
	add(1, "simclr", "here", "f", "")
	add(2, "simclr", "there", "f", "")
	add(3, "simclr", "there", "g", "")
	add(4, "simclr", "here", "f", "edited")
	path := filepath.Join(t.TempDir(), "old.db")
	raw(t, path, script)
	return path
}

func TestOldRunsAreKnownByTheirData(t *testing.T) {
	s := openStore(t, oldPlaces(t), Options{})
	runs, err := s.Runs(t.Context(), Filter{})
	check(t, err)
	hashes := map[int64]string{}
	for _, run := range runs {
		hashes[run.ID] = run.ConfigHash
		known, err := s.Data(t.Context(), run.ID)
		check(t, err)
		if want := configHash(t, string(run.Config), known); run.ID < 4 && run.ConfigHash != want {
			t.Errorf("run %d has the hash %s, want %s", run.ID, run.ConfigHash, want)
		}
	}
	if hashes[1] != hashes[2] || hashes[1] == hashes[3] || hashes[4] != "edited" {
		t.Errorf("hashes %v; want one for the same data, and the edited run's as it was", hashes)
	}
	// Their verdicts are of one setting now; where it was of several data the latest have it.
	if got, want := text(t, s, "SELECT first_hash FROM comparisons ORDER BY 1"), hashes[1]; !strings.Contains(got, want) {
		t.Errorf("comparisons of %s, want of %s", got, want)
	}
	if got := text(t, s, "SELECT config_hash FROM ablation_corners ORDER BY corner"); got != hashes[1]+"\n"+hashes[3] {
		t.Errorf("corners\n%s\nwant\n%s\n%s", got, hashes[1], hashes[3])
	}
	if got := text(t, s, "SELECT id, locations FROM runs ORDER BY id LIMIT 2"); got != "1|<nil>\n2|{}" {
		t.Errorf("locations %q, want them as they were", got)
	}
}

// SQLite 3.40, in which json_valid(NULL) is 0, finds nothing wrong with what is not recorded.
func TestTheShellFindsTheDatabaseSound(t *testing.T) {
	shell := sqliteShell(t)
	s := openStore(t, oldPlaces(t), Options{})
	known := info("simclr", "resnet8", 1)
	createRun(t, s, known)
	known.Data = split("f")
	known.Data.Normalization = json.RawMessage(`{"mean":[0.5]}`)
	createRun(t, s, known)
	check(t, s.SetAblation(t.Context(), smallAblation))
	for pragma, want := range map[string]string{"integrity_check": "ok\n", "foreign_key_check": ""} {
		output, err := exec.Command(shell, "-readonly", s.Path(), "PRAGMA "+pragma).CombinedOutput()
		if diff := cmp.Diff(want, string(output)); err != nil || diff != "" {
			t.Errorf("%s: error %v (-want +got)\n%s", pragma, err, diff)
		}
	}
	if _, err := s.db.ExecContext(t.Context(), "UPDATE runs SET locations = '{'"); err == nil {
		t.Error("locations that are no JSON are taken")
	}
}

func TestTheHashKnowsFilesByTheirContent(t *testing.T) {
	const here = `{"eval":{"prompts":{"file":"a.txt"},"datasets":[{"name":"folder","path":"x","test":""}]},"seed":1}`
	const there = `{"eval":{"prompts":{"file":"/b/c.txt"},"datasets":[{"name":"folder","path":"y","test":"z"}]},"seed":2}`
	data := Data{Contents: map[string]string{
		"eval.prompts.file": "f", "eval.datasets.0.path": "g", "method.tokenizer.merges": "of a configuration without",
	}}
	known := configHash(t, here, data)
	if got := configHash(t, there, data); got != known {
		t.Errorf("the same files elsewhere have the hash %s, want %s", got, known)
	}
	for what, other := range map[string]Data{
		"other prompts":  {Contents: map[string]string{"eval.prompts.file": "h", "eval.datasets.0.path": "g"}},
		"other images":   {Contents: map[string]string{"eval.prompts.file": "f", "eval.datasets.0.path": "h"}},
		"prompts alone":  {Contents: map[string]string{"eval.prompts.file": "f"}},
		"what is unread": {},
	} {
		if configHash(t, here, other) == known {
			t.Errorf("%s: the hash is the same", what)
		}
	}
}

// TestOldRunsAreKnownByTheirPrompts brings a database of schema 13 up to date,
// with runs of one file of prompts in two places, one that was edited, and one
// that was never measured with its prompts.
func TestOldRunsAreKnownByTheirPrompts(t *testing.T) {
	scripts, err := migrations()
	check(t, err)
	script := strings.Join(scripts[:13], ";") + fmt.Sprintf("; PRAGMA application_id = %d; PRAGMA user_version = 13;",
		ApplicationID) + `
		INSERT INTO identity VALUES (1, 'u', 'now');
		INSERT INTO protocols (id, label, kind, selection, details) VALUES
			(1, 'a', 'zero-shot', 'last', '{"prompts":"my,@.txt@0123abcd"}'), (2, 'b', 'zero-shot', 'last', '{"prompts":"images"}'),
			(3, 'c', 'knn', 'last', '{}');`
	configurations := map[int64]string{}
	for id, path := range []string{"here/my,@.txt", "there/my,@.txt", "here/my,@.txt", "here/my,@.txt", ""} {
		id := int64(id + 1)
		configurations[id] = fmt.Sprintf(`{"dataset":{"name":"folder","path":"x"},"eval":{"prompts":{"file":"%s"}},"seed":%d}`,
			path, id)
		hash := configHash(t, configurations[id], split("f"))
		if id == 3 {
			hash = "edited"
		}
		protocols := "VALUES (1), (2), (3)"
		if id > 3 {
			protocols = "VALUES (2), (3)"
		}
		script += fmt.Sprintf(`
			INSERT INTO runs (id, name, study, method, backbone, dataset, seed, config_hash, config, started, heartbeat, uuid)
			VALUES (%[1]d, 'r%[1]d', 's', 'clip', 'b', 'folder', %[1]d, '%[2]s', '%[3]s', '2026-01-01T00:00:00.000Z',
				'2026-01-01T00:00:00.000Z', 'u%[1]d');
			INSERT INTO splits (run, split, samples, fingerprint) VALUES (%[1]d, 'train', 4, 'f');
			INSERT INTO evaluations (run, protocol, metric, step, value, time)
			SELECT %[1]d, p.column1, 'top1', 1, 0.5, 'now' FROM (%[4]s) p;`, id, hash, configurations[id], protocols)
	}
	path := filepath.Join(t.TempDir(), "old.db")
	raw(t, path, script)
	s := openStore(t, path, Options{})
	runs, err := s.Runs(t.Context(), Filter{})
	check(t, err)
	hashes := map[int64]string{}
	for _, run := range runs {
		hashes[run.ID] = run.ConfigHash
		known, err := s.Data(t.Context(), run.ID)
		check(t, err)
		if want := configHash(t, string(run.Config), known); run.ID != 3 && run.ConfigHash != want {
			t.Errorf("run %d has the hash %s, want %s", run.ID, run.ConfigHash, want)
		}
	}
	unread := configHash(t, configurations[4], split("f"))
	none := configHash(t, configurations[5], split("f"))
	if hashes[1] != hashes[2] || hashes[1] == unread || hashes[3] != "edited" || hashes[4] != unread || hashes[5] != none {
		t.Errorf("hashes %v; want one for the same prompts, and the others as they were", hashes)
	}
}
