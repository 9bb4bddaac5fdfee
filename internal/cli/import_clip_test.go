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
			var rows []struct{ Sample, Predicted int }
			text := tm.prints("sql", "SELECT p.sample, p.predicted FROM predictions p JOIN runs r ON r.id = p.run "+
				"JOIN protocols k ON k.id = p.protocol WHERE k.kind = 'zero-shot' AND r.name = '"+model.Activation+"' ORDER BY 1",
				"--json")
			if err := json.Unmarshal([]byte(text), &rows); err != nil {
				t.Fatal(err)
			}
			names := slices.Sorted(maps.Keys(model.Guesses))
			if len(rows) != len(names) {
				t.Fatalf("%d guesses of %d images", len(rows), len(names))
			}
			for i, row := range rows {
				if want := model.Guesses[names[row.Sample]]; row.Predicted != want {
					t.Errorf("%s: guessed %s, want %s", names[i], said.Classes[row.Predicted], said.Classes[want])
				}
			}
		})
	}
	tm.refuses("which has no text tower", append([]string{
		"import", filepath.Join(torchvisionFolder(t), "torchvision.pth"), "--as", "x", "--merges", merges,
	}, fewShapes...)...)
}

func torchvisionFolder(t *testing.T) string {
	t.Helper()
	folder, _ := weightstest.Unpack(t)
	return folder
}
