// Package emit writes what makes the runs of a study without a queue: a shell
// script, an array of Slurm jobs or an indexed Job of Kubernetes. The study is
// divided into shards. Each has a database of its own, and the last step merges them.
package emit

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/kontrast-ml/kontrast/internal/escape"
)

// Sweep is a study to be divided.
type Sweep struct {
	Study  string   // name
	Runs   int      // the baselines too
	Shards int      // at least 1
	File   []byte   // the study's file; nil where the flags say all
	Flags  []string // further arguments of kontrast compare
	// Image is the container image that has kontrast, Claim the name of the
	// persistent volume claim for the results: for Kubernetes only.
	Image, Claim string
	// CPUs is how many each shard asks for; 0 to leave it to the cluster.
	CPUs int
}

// Kinds are what can be written.
var Kinds = []string{"kubernetes", "shell", "slurm"}

//go:embed templates
var templates embed.FS

// studyFile is the name of the copy of the study's file.
const studyFile = "study.yaml"

// Write writes the files of a kind into a folder, which is made, and returns
// their paths in the order in which they are used. Files that are there already
// are an error: they may belong to another sweep.
func Write(kind, folder string, sweep Sweep) (paths []string, err error) {
	if !slices.Contains(Kinds, kind) {
		return nil, fmt.Errorf("unknown kind of jobs %q; known: %s", kind, strings.Join(Kinds, ", "))
	}
	back, err := back(folder)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	var names []string
	if sweep.File != nil {
		names, files[studyFile] = append(names, studyFile), sweep.File
	}
	entries, err := fs.ReadDir(templates, "templates/"+kind)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		text, err := fill("templates/"+kind+"/"+entry.Name(), view{sweep, back})
		if err != nil {
			return nil, err
		}
		name := strings.TrimSuffix(entry.Name(), ".tmpl")
		names, files[name] = append(names, name), text
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	for _, name := range names {
		path := filepath.Join(folder, name)
		mode := fs.FileMode(0o644)
		if strings.HasSuffix(name, ".sh") {
			mode = 0o755
		}
		if err := create(path, files[name], mode); err != nil {
			return paths, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// create writes a new file.
func create(path string, text []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w; name another folder or remove it", err)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// back is the path from the folder to the one that kontrast is in now, which
// relative paths in the study start from.
func back(folder string) (string, error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	here, err := os.Getwd()
	if err != nil {
		return "", err
	}
	if relative, err := filepath.Rel(absolute, here); err == nil {
		return filepath.ToSlash(relative), nil
	}
	return here, nil
}

// fill fills a template.
func fill(path string, v view) ([]byte, error) {
	funcs := template.FuncMap{"quote": escape.ShellWord, "yaml": yamlString, "comment": comment}
	parsed, err := template.New(filepath.Base(path)).Funcs(funcs).ParseFS(templates, path)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = parsed.Execute(&out, v)
	return out.Bytes(), err
}

// view is what the templates see.
type view struct {
	Sweep
	Back string
}

// Compare are the arguments of kontrast compare but for the shard and the database.
func (v view) Compare(folder string) string {
	words := []string{"compare"}
	if v.File != nil {
		words = append(words, folder+"/"+studyFile)
	}
	words = append(words, "--study", escape.ShellWord(v.Study))
	for _, flag := range v.Flags {
		words = append(words, escape.ShellWord(flag))
	}
	return strings.Join(words, " ")
}

// Label is the study's name as names of jobs may be: letters, digits and
// hyphens, as RFC 1123 has them, at most 40.
func (v view) Label() string {
	label := strings.Trim(unfit.ReplaceAllString(strings.ToLower(v.Study), "-"), "-")
	if len(label) > 40 {
		label = strings.TrimRight(label[:40], "-")
	}
	return strings.TrimRight("kontrast-"+label, "-")
}

var unfit = regexp.MustCompile(`[^a-z0-9]+`)

// comment makes a text one line of a comment.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
