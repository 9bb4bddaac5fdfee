package stress

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

func TestADamagedDatabaseIsReportedAndNotChanged(t *testing.T) {
	folder := recorded(t)
	path := filepath.Join(folder, "experiments.db")
	damaged(t, path, 5, 300, func(t *testing.T, what string) {
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"runs"}, {"show", "1"}, {"sql", "SELECT * FROM run_scores, learning_curves"}} {
			code, output, messages := execute(t, append(args, "--db", path)...)
			orderly(t, fmt.Sprint(args, " with ", what), code, output, messages, 0, 1, 2)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%s: reading it changed the file (%v)", what, err)
		}
		os.Remove(path + "-wal")
		os.Remove(path + "-shm")
	})
}

func TestADamagedCheckpointIsPassedOverOrRefused(t *testing.T) {
	folder := recorded(t)
	checkpoints, err := filepath.Glob(filepath.Join(folder, "experiments.runs", "*", "step-*.safetensors"))
	if err != nil || len(checkpoints) == 0 {
		t.Fatalf("no checkpoints (%v)", err)
	}
	for _, other := range checkpoints[:len(checkpoints)-1] { // the newest is all there is
		if err := os.Remove(other); err != nil {
			t.Fatal(err)
		}
	}
	exported := filepath.Join(folder, "exported")
	damaged(t, checkpoints[len(checkpoints)-1], 2, 60, func(t *testing.T, what string) {
		code, output, messages := execute(t, "export", "1", exported, "--db",
			filepath.Join(folder, "experiments.db"), "--quiet")
		orderly(t, "export with "+what, code, output, messages, 1)
	})
}

func TestADamagedConfigurationIsReported(t *testing.T) {
	path := filepath.Join(t.TempDir(), "study.yaml")
	_, text, _ := execute(t, "config", "new", "mocov2", "--preset", "cifar10")
	if err := os.WriteFile(path, []byte(text+"grid:\n  seed: [1, 2]\n  method.temperature: [0.1, 0.2]\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	damaged(t, path, 30, 2000, func(t *testing.T, what string) {
		code, output, messages := execute(t, "config", "check", path)
		orderly(t, what, code, output, messages, 0, 2)
	})
}

func TestDamagedImagesAndTablesAreReported(t *testing.T) {
	folder := t.TempDir()
	table := "image,caption\n"
	for i := range 12 {
		picture := image.NewGray(image.Rect(0, 0, 16, 16))
		for at := range picture.Pix {
			picture.Pix[at] = byte(at * (i + 1))
		}
		var encoded bytes.Buffer
		if err := png.Encode(&encoded, picture); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("%d.png", i)), encoded.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		table += fmt.Sprintf("%d.png,\"picture, number %d\"\n", i, i)
	}
	path := filepath.Join(folder, "table.csv")
	if err := os.WriteFile(path, []byte(table), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, filepath.Join(folder, "3.png")} {
		damaged(t, file, 1, 20, func(t *testing.T, what string) {
			code, output, messages := execute(t, "run", "--method", "clip", "--dataset", "pairs", "--set",
				"dataset.path="+path, "--set", "dataset.test_fraction=0.25",
				"--set", "backbone={name: resnet8, width: 0.25}", "--set", "views.size=16", "--epochs", "1",
				"--batch-size", "4", "--quiet",
				"--db", filepath.Join(t.TempDir(), "experiments.db"))
			orderly(t, what, code, output, messages, 0, 1, 2)
		})
	}
}
