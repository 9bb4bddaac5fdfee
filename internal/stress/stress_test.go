package stress

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kontrast-ml/kontrast/internal/app"
	"github.com/kontrast-ml/kontrast/internal/cli"
)

// asProgram makes the test binary the program itself.
const asProgram = "KONTRAST_STRESS_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		cli.Main(app.Extensions{})
	}
	os.Exit(m.Run())
}

// times is how often something is tried: the first number with the other tests, the second by make stress.
func times(short, long int) int {
	if os.Getenv("KONTRAST_STRESS") != "" {
		return long
	}
	return short
}

// patience is after how long something hangs. It is no measure of speed.
const patience = 2 * time.Minute

// program runs the program as a process and returns its exit code and what it
// printed and said.
func program(t *testing.T, folder string, args ...string) (code int, output, messages string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(ctx, self, args...)
	command.Dir, command.Env = folder, append(os.Environ(), asProgram+"=1")
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if ctx.Err() != nil {
		t.Errorf("%.200q hangs: %.500s", args, &stderr)
	}
	return command.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// execute runs a command in this process, which is quick.
func execute(t *testing.T, args ...string) (code int, output, messages string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	code = cli.Execute(ctx, app.Extensions{}, args, &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// orderly checks that a command ended by one of the codes, and said why if it did not succeed.
func orderly(t *testing.T, what string, code int, output, messages string, allowed ...int) {
	t.Helper()
	ok := false
	for _, a := range allowed {
		ok = ok || a == code
	}
	switch {
	case !ok:
		t.Errorf("%.300s: exit code %d, want one of %d: %.1000s", what, code, allowed, messages)
	case code != 0 && !strings.Contains(messages+output, "kontrast: ") && !strings.Contains(output, "faults"):
		t.Errorf("%.300s: exit code %d without a message: %.500q", what, code, messages)
	case strings.Contains(messages, "goroutine ") || strings.Contains(messages, "runtime error"):
		t.Errorf("%.300s: a panic shows: %.1000s", what, messages)
	case len(messages) > 100_000:
		t.Errorf("%.300s: %d bytes of messages", what, len(messages))
	}
}

// tiny is a run that takes less than a second and leaves three checkpoints.
var tiny = []string{
	"run", "--quiet", "--epochs", "12", "--batch-size", "16", "--method", "mocov2", "--set", "method.queue=64", "--set",
	"method.batch_norm_splits=2",
	"--set", "backbone.name=resnet8", "--set", "backbone.width=0.25",
	"--set", "dataset.train=64", "--set", "dataset.test=40", "--set", "dataset.size=16",
	"--set", "train.checkpoint.every_steps=10", "--set", "eval.every_epochs=4", "--set", "eval.knn.k=5", "--set",
	"eval.linear.skip=true",
}

// recorded is a folder with a finished run.
func recorded(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if code, _, messages := program(t, folder, tiny...); code != 0 {
		t.Fatalf("exit code %d: %s", code, messages)
	}
	return folder
}

// damages are ways in which a file is hurt; the random source decides where.
var damages = map[string]func(*rand.Rand, []byte) []byte{
	"a flipped bit": func(r *rand.Rand, file []byte) []byte {
		file[r.IntN(len(file))] ^= 1 << r.IntN(8)
		return file
	},
	"a flipped bit near the start": func(r *rand.Rand, file []byte) []byte {
		file[r.IntN(min(len(file), 512))] ^= 1 << r.IntN(8)
		return file
	},
	"a cut": func(r *rand.Rand, file []byte) []byte { return file[:r.IntN(len(file))] },
	"zeros": func(r *rand.Rand, file []byte) []byte {
		from := r.IntN(len(file))
		clear(file[from:min(len(file), from+4096)])
		return file
	},
	"noise": func(r *rand.Rand, file []byte) []byte {
		from := r.IntN(len(file))
		for i := range file[from:min(len(file), from+64)] {
			file[from+i] = byte(r.Uint32())
		}
		return file
	},
	"a part twice": func(r *rand.Rand, file []byte) []byte {
		from := r.IntN(len(file))
		return append(file[:from:from], file[from/2:]...)
	},
}

// damaged calls use with a file hurt in each way so many times, and puts it right again.
func damaged(t *testing.T, path string, short, long int, use func(t *testing.T, what string)) {
	t.Helper()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.WriteFile(path, whole, 0o600) })
	for kind, damage := range damages {
		for i := range times(short, long) {
			r := rand.New(rand.NewPCG(uint64(i), 1))
			if err := os.WriteFile(path, damage(r, bytes.Clone(whole)), 0o600); err != nil {
				t.Fatal(err)
			}
			use(t, kind+" in "+filepath.Base(path))
		}
	}
}
