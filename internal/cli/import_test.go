package cli

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kontrast-ml/kontrast/internal/weights/weightstest"
)

// terminal runs commands on a database of its own.
type terminal struct {
	*testing.T
	folder string
}

func (tm terminal) run(args ...string) (out, problems string, code int) {
	tm.Helper()
	var stdout, stderr bytes.Buffer
	c := newCommand(nil, &stdout, &stderr)
	code = c.execute(tm.Context(), append(args, "--db", filepath.Join(tm.folder, "results.db"), "--quiet"))
	return stdout.String(), stderr.String(), code
}

// prints runs a command that must succeed.
func (tm terminal) prints(args ...string) string {
	tm.Helper()
	out, problems, code := tm.run(args...)
	if code != 0 {
		tm.Fatalf("kontrast %s: exit %d\n%s", strings.Join(args, " "), code, problems)
	}
	return out
}

// refuses runs a command that must fail and say so.
func (tm terminal) refuses(want string, args ...string) {
	tm.Helper()
	_, problems, code := tm.run(args...)
	if code == 0 || !strings.Contains(problems, want) {
		tm.Errorf("kontrast %s: exit %d, want it to fail and say %q:\n%s", strings.Join(args, " "), code, want, problems)
	}
}

var fewShapes = []string{"--set", "dataset.train=60", "--set", "dataset.test=30"}

func TestImportedWeightsAreMeasuredAsAnyOther(t *testing.T) {
	checkpoints, _ := weightstest.Unpack(t)
	tm := terminal{t, t.TempDir()}
	file := func(name string) string { return filepath.Join(checkpoints, name) }
	with := func(args ...string) []string { return append(args, fewShapes...) }

	out := tm.prints(
		with("import", file("torchvision.pth"), "--as", "theirs", "--study", "s", "--license", "BSD-3-Clause")...,
	)
	for _, want := range []string{"theirs: 45 tensors of", "left out: fc.bias, fc.weight", "kontrast eval theirs"} {
		if !strings.Contains(out, want) {
			t.Errorf("import does not say %q:\n%s", want, out)
		}
	}
	scores := tm.prints("eval", "theirs")
	if !strings.Contains(scores, "linear") {
		t.Errorf("no linear probe of imported weights:\n%s", scores)
	}
	if again := tm.prints("eval", "theirs"); again != scores {
		t.Errorf("the same weights score otherwise:\n%s\n%s", scores, again)
	}
	rows := tm.prints("sql", "SELECT o.name, o.state, i.layout, i.license, s.method FROM run_overview o "+
		"JOIN imported_runs i ON i.run = o.run JOIN seed_summary s ON s.study = o.study AND s.kind = 'knn' AND s.metric = "+
		"'top1'")
	if !strings.Contains(rows, "theirs  imported  resnet  BSD-3-Clause  theirs") {
		t.Errorf("SQL knows it as\n%s", rows)
	}
	if runs := tm.prints("runs"); !strings.Contains(runs, "imported") {
		t.Errorf("runs lists\n%s", runs)
	}

	// What is exported of it is the same network.
	exported := filepath.Join(tm.folder, "out")
	tm.prints("export", "theirs", exported, "--weights-only")
	tm.prints(with("import", filepath.Join(exported, "backbone.safetensors"), "--as", "copied")...)
	if back := tm.prints("eval", "copied"); strings.ReplaceAll(back, "copied", "theirs") != scores {
		t.Errorf("what was exported scores\n%s\nwant\n%s", back, scores)
	}

	// The same network as a model of ONNX.
	tm.prints(with("import", file("torch.onnx"), "--as", "models")...)
	if same := tm.prints("eval", "models"); strings.ReplaceAll(same, "models", "theirs") != scores {
		t.Errorf("the initializers of ONNX score\n%s\nwant\n%s", same, scores)
	}

	tm.refuses("there is no training to resume", "resume", "theirs")
	tm.refuses("is a method's", with("import", file("dino.pth"))...)
	tm.refuses("whole module", with("import", file("module.pth"))...)
	tm.refuses("teacher/backbone.: dino, teacher", with("import", file("dino.pth"), "--encoder", "third")...)
	tm.refuses("by its shapes it is {name: resnet8", with("import", file("torchvision.pth"), "--backbone", "resnet20")...)
	tm.refuses("no such file", with("import", file("none.pth"))...)
}

// What is exported of an imported network is the same network again, also where its shapes do not tell all of it.
func TestExportsOfImportsAreReadBack(t *testing.T) {
	checkpoints, _ := weightstest.Unpack(t)
	for file, set := range map[string]struct{ size, more string }{
		"dinov2.pth":                   {"24", "backbone.init=timm"},
		"hf_dinov3_swiglu.safetensors": {"16", "backbone.init=timm"},
		"bit.npz":                      {"32", "backbone.norm_groups=4"},
	} {
		t.Run(file, func(t *testing.T) {
			tm := terminal{t, t.TempDir()}
			with := func(args ...string) []string { return append(append(args, "--image-size", set.size), fewShapes...) }
			tm.prints(with("import", filepath.Join(checkpoints, file), "--as", "theirs", "--set", set.more)...)
			scores := tm.prints("eval", "theirs")
			exported := filepath.Join(tm.folder, "out")
			tm.prints("export", "theirs", exported, "--weights-only")
			tm.prints(with("import", filepath.Join(exported, "backbone.safetensors"), "--as", "copied")...)
			if back := tm.prints("eval", "copied"); strings.ReplaceAll(back, "copied", "theirs") != scores {
				t.Errorf("what was exported scores\n%s\nwant\n%s", back, scores)
			}
		})
	}
}

func TestTransformersAreImportedAtAnotherSize(t *testing.T) {
	checkpoints, _ := weightstest.Unpack(t)
	tm := terminal{t, t.TempDir()}
	args := append([]string{
		"import", filepath.Join(checkpoints, "dino.pth"), "--as", "vit", "--method", "dino", "--image-size", "24", "--json",
	}, fewShapes...)
	var made struct {
		Network, Method, Positions string
		Taken                      int
	}
	if err := json.Unmarshal([]byte(tm.prints(args...)), &made); err != nil {
		t.Fatal(err)
	}
	if made.Network != "teacher" || made.Method != "dino" || made.Taken != 30 ||
		!strings.Contains(made.Positions, "from 4×4 to 6×6") {
		t.Errorf("imported %+v", made)
	}
	if scores := tm.prints("eval", "vit"); !strings.Contains(scores, "knn") {
		t.Errorf("it scores\n%s", scores)
	}
}

func TestTrainingStartsFromWeights(t *testing.T) {
	checkpoints, _ := weightstest.Unpack(t)
	tm := terminal{t, t.TempDir()}
	weights := filepath.Join(checkpoints, "torchvision.pth")
	args := append([]string{
		"run", "--backbone", "resnet8", "--set", "backbone.width=0.25", "--set", "backbone.shortcut=projection",
		"--set", "backbone.weights=" + weights, "--epochs", "1", "--batch-size", "20",
	}, fewShapes...)
	tm.prints(args...)
	rows := tm.prints("sql", "SELECT length(value) FROM run_params WHERE key = 'backbone.weights.sha256'")
	if !strings.Contains(rows, "64") {
		t.Errorf("the run is pinned to no file:\n%s", rows)
	}
	tm.refuses(
		"does not fit the backbone", append(args, "--set", "backbone.shortcut=padding", "--set", "backbone.width=1")...,
	)
}

func TestImportedWeightsAreMeasuredBesideTrainedRuns(t *testing.T) {
	checkpoints, _ := weightstest.Unpack(t)
	tm := terminal{t, t.TempDir()}
	tm.prints(append([]string{"import", filepath.Join(checkpoints, "torchvision.pth"), "--as", "theirs", "--license", "BSD"},
		fewShapes...)...)
	compare := append([]string{"compare", "--study", "both", "--methods", "simclr", "--backbones", "resnet8", "--seeds", "1",
		"--epochs", "1", "--set", "train.batch_size=16", "--imported", "theirs"}, fewShapes...)
	for range 2 { // the second time, all is there
		if out := tm.prints(compare...); !strings.Contains(out, "theirs") {
			t.Errorf("the comparison does not name the imported run:\n%s", out)
		}
		got := tm.prints("sql", "--format", "csv",
			"SELECT method, count(DISTINCT run) FROM run_scores WHERE study = 'both' GROUP BY method ORDER BY method")
		for _, want := range []string{"simclr,1", "theirs,1", "untrained,1"} {
			if !strings.Contains(got, want) {
				t.Errorf("scores of the study lack %q:\n%s", want, got)
			}
		}
	}
	trained := strings.Fields(tm.prints("sql", "--format", "csv", "SELECT name FROM runs WHERE method = 'simclr'"))
	tm.refuses("not imported", append([]string{"compare", "--study", "other", "--methods", "simclr", "--backbones", "resnet8",
		"--seeds", "1", "--epochs", "1", "--set", "train.batch_size=16", "--imported", trained[1]}, fewShapes...)...)
}
