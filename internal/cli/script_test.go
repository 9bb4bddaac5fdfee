package cli

import (
	"archive/tar"
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kontrast-ml/kontrast/internal/store"
	"github.com/kontrast-ml/kontrast/internal/sweep"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kontrast": kontrast})
}

// kontrast is the program, as a process of its own.
func kontrast() {
	ctx, stop := signal.NotifyContext(context.Background(), interrupts()...)
	defer stop()
	limitFiles()
	if len(os.Args) == 2 && os.Args[1] == answerCommand {
		os.Exit(answer())
	}
	c := newCommand(nil, os.Stdout, os.Stderr)
	c.program = thisProgram()
	os.Exit(c.execute(ctx, os.Args[1:]))
}

// fileLimit is the environment variable that bounds the size of files in
// bytes, as a disk that fills up does.
const fileLimit = "KONTRAST_TEST_FILE_LIMIT"

func limitFiles() {
	text, found := os.LookupEnv(fileLimit)
	if !found {
		return
	}
	limit, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		panic(err)
	}
	signal.Ignore(syscall.SIGXFSZ) // so that writes return an error
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit}); err != nil {
		panic(err)
	}
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:   "testdata/script",
		Setup: func(env *testscript.Env) error { env.Setenv("NO_COLOR", "1"); return nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "json": checkJSON, "picture": picture, "images": images, "shard": shard,
			"links": links, "rests": rests, "newer": newer,
		},
	})
}

// picture writes PNG files of 16×16 pixels, each another gray: picture a.png b.png.
func picture(ts *testscript.TestScript, _ bool, args []string) {
	for i, name := range args {
		m := image.NewGray(image.Rect(0, 0, 16, 16))
		for p := range m.Pix {
			m.Pix[p] = uint8(60*i + p/4)
		}
		var file bytes.Buffer
		ts.Check(png.Encode(&file, m))
		path := ts.MkAbs(name)
		ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
		ts.Check(os.WriteFile(path, file.Bytes(), 0o644))
	}
}

// shard writes files, by their base names and in that order, to a tar archive: shard a.tar 1.png 1.cls.
func shard(ts *testscript.TestScript, _ bool, args []string) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range args[1:] {
		content := []byte(ts.ReadFile(name))
		header := &tar.Header{Name: filepath.Base(name), Typeflag: tar.TypeReg, Size: int64(len(content)), Mode: 0o644}
		ts.Check(w.WriteHeader(header))
		_, err := w.Write(content)
		ts.Check(err)
	}
	ts.Check(w.Close())
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(os.WriteFile(path, out.Bytes(), 0o644))
}

// links gives a file further names beside it, 1 to a number: links 10000 photos/a/0.png.
func links(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[0])
	ts.Check(err)
	path := ts.MkAbs(args[1])
	for i := range count {
		ts.Check(os.Link(path, filepath.Join(filepath.Dir(path), fmt.Sprint(i+1, filepath.Ext(path)))))
	}
}

// rests waits until a folder was last changed some seconds ago: rests photos/a.
func rests(ts *testscript.TestScript, _ bool, args []string) {
	for {
		info, err := os.Stat(ts.MkAbs(args[0]))
		ts.Check(err)
		if time.Since(info.ModTime()) > 3*time.Second {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// newer has the jobs of a method in a queue be of a version of kontrast with a setting that this one has not:
// newer queue.db simclr.
func newer(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite3", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	var id int64
	var text string
	ts.Check(db.QueryRow("SELECT id, json(args) FROM river_job WHERE args ->> '$.method' = $1", args[1]).Scan(&id, &text))
	var job sweep.Args
	ts.Check(json.Unmarshal([]byte(text), &job))
	job.Task.Config = bytes.Replace(job.Task.Config, []byte(`"train":{`), []byte(`"train":{"newer":1,`), 1)
	job.Task.ConfigHash, err = store.ConfigHash(job.Task.Config, job.Task.Identity)
	ts.Check(err)
	job.ConfigHash = job.Task.ConfigHash
	changed, err := json.Marshal(job)
	ts.Check(err)
	_, err = db.Exec("UPDATE river_job SET args = jsonb($1) WHERE id = $2", string(changed), id)
	ts.Check(err)
}

// exits runs a command and checks its exit code: exits 2 kontrast run --bogus.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%q exits with %d, want %s", args[1:], code, args[0])
	}
}

// images writes images of 16 × 16 pixels and a table of captions of them: images 8 table.csv.
func images(ts *testscript.TestScript, _ bool, args []string) {
	count, err := strconv.Atoi(args[0])
	ts.Check(err)
	table := "image,caption\n"
	for i := range count {
		picture := image.NewGray(image.Rect(0, 0, 16, 16))
		for at := range picture.Pix {
			picture.Pix[at] = byte(at * (i + 1))
		}
		var encoded bytes.Buffer
		ts.Check(png.Encode(&encoded, picture))
		ts.Check(os.WriteFile(ts.MkAbs(fmt.Sprintf("%d.png", i)), encoded.Bytes(), 0o600))
		table += fmt.Sprintf("%d.png,picture number %d\n", i, i)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(table), 0o600))
}

var arrayStart = regexp.MustCompile(`^\s*\[`)

// checkJSON checks that the last command printed JSON, an object or an array of
// objects of which each has those keys.
func checkJSON(ts *testscript.TestScript, _ bool, keys []string) {
	text := []byte(ts.ReadFile("stdout"))
	if !arrayStart.Match(text) {
		text = bytes.Join([][]byte{[]byte("["), text, []byte("]")}, nil)
	}
	var objects []map[string]any
	if err := json.Unmarshal(text, &objects); err != nil {
		ts.Fatalf("not JSON: %v", err)
	}
	if len(objects) == 0 {
		ts.Fatalf("no objects")
	}
	for _, object := range objects {
		for _, key := range keys {
			if _, found := object[key]; !found {
				ts.Fatalf("key %q is missing", key)
			}
		}
	}
}
