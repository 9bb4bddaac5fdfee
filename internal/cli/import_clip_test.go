package cli

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kontrast-ml/kontrast/framework/tokenizer"
	"github.com/kontrast-ml/kontrast/internal/weights/weightstest"
)

// Whole CLIPs of OpenAI's and of OpenCLIP's form guess as open_clip does, through
// tokenizer, prompts and Pillow's resizing.
func TestImportedCLIPGuessesAsOpenCLIP(t *testing.T) {
	folder, said := weightstest.UnpackZeroShot(t)
	tm := terminal{t, t.TempDir()}
	other := filepath.Join(torchvisionFolder(t), "torchvision.pth")
	images, merges := filepath.Join(folder, "images"), filepath.Join(folder, "merges.txt")
	for _, model := range said.Models {
		t.Run(model.File, func(t *testing.T) {
			tm := terminal{t, tm.folder}
			bpe, err := tokenizer.Load(merges, 0, len(model.Tokens[0]))
			if err != nil {
				t.Fatal(err)
			}
			for i, class := range said.Classes {
				want := slices.DeleteFunc(slices.Clone(model.Tokens[i]), func(id int) bool { return id == 0 })
				var got []int
				for _, id := range bpe.Tokens("a picture of " + class) {
					got = append(got, int(id))
				}
				if !slices.Equal(got, want) {
					t.Errorf("%q has the tokens %v, want %v", class, got, want)
				}
			}
			args := []string{
				"import", filepath.Join(folder, model.File), "--as", model.Activation, "--merges", merges, "--dataset", "folder",
				"--set", "dataset.path=" + images, "--set", "dataset.test=" + images, "--normalization", "clip",
				"--set", "backbone.activation=" + model.Activation, "--set", "eval.protocols=[nearest]",
				"--set", "eval.prompts.file=" + filepath.Join(folder, "prompts.txt"),
			}
			tm.prints(args...)
			tm.prints("eval", model.Activation)
			var rows []guess
			text := tm.prints("sql", "SELECT p.sample, p.predicted FROM predictions p JOIN runs r ON r.id = p.run "+
				"JOIN protocols k ON k.id = p.protocol WHERE k.kind = 'zero-shot' AND r.name = '"+model.Activation+"' ORDER BY 1",
				"--json")
			if err := json.Unmarshal([]byte(text), &rows); err != nil {
				t.Fatal(err)
			}
			names := slices.Sorted(maps.Keys(model.Guesses))
			check := func(rows []guess) {
				t.Helper()
				if len(rows) != len(names) {
					t.Fatalf("%d guesses of %d images", len(rows), len(names))
				}
				for _, row := range rows {
					if want := model.Guesses[names[row.Sample]]; row.Predicted != want {
						t.Errorf("%s: guessed %s, want %s", names[row.Sample], said.Classes[row.Predicted], said.Classes[want])
					}
				}
			}
			check(rows)

			// The same by kontrast transfer, which imports on the way.
			args = []string{
				"transfer", "--study", "moved " + model.Activation, "--models", "whole-" + model.Activation + ":" +
					filepath.Join(folder, model.File) + ",other-" + model.Activation + ":" + other, "--merges", merges,
				"--datasets", "pictures=" + images, "--protocols", "zero-shot,linear", "--set", "pictures.test=" + images,
				"--set", "pictures.prompts=" + filepath.Join(folder, "prompts.txt"),
				"--set", "whole-" + model.Activation + ".backbone.activation=" + model.Activation, "--json",
			}
			for range 2 { // the second time all is there
				var said struct {
					Scores []struct {
						Model, Evaluation string
						Top1              *float64
					}
				}
				if err := json.Unmarshal([]byte(tm.prints(args...)), &said); err != nil {
					t.Fatal(err)
				}
				for _, score := range said.Scores {
					missing := score.Evaluation == "zero-shot" && score.Model == "other-"+model.Activation
					if (score.Top1 == nil) != missing {
						t.Errorf("%s of %s: %v", score.Evaluation, score.Model, score.Top1)
					}
				}
				if len(said.Scores) != 4 {
					t.Errorf("%d scores, want 4", len(said.Scores))
				}
			}
			text = tm.prints("sql", "SELECT p.sample, p.predicted FROM predictions p JOIN runs r ON r.id = p.run "+
				"JOIN protocols k ON k.id = p.protocol WHERE k.kind = 'zero-shot' AND k.dataset = 'pictures' AND r.name = 'whole-"+
				model.Activation+"' ORDER BY 1", "--json")
			rows = nil
			if err := json.Unmarshal([]byte(text), &rows); err != nil {
				t.Fatal(err)
			}
			check(rows)
		})
	}
	tm.refuses("which has no text tower", append([]string{
		"import", other, "--as", "x", "--merges", merges,
	}, fewShapes...)...)
}

type guess struct{ Sample, Predicted int }

func torchvisionFolder(t *testing.T) string {
	t.Helper()
	folder, _ := weightstest.Unpack(t)
	return folder
}
