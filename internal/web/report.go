package web

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/kontrast-ml/kontrast/internal/gallery"
	"github.com/kontrast-ml/kontrast/internal/store"
)

// ReportOptions adjust WriteReport.
type ReportOptions struct {
	SQL bool // puts SQLite, compiled to WebAssembly, into the file: 0.5 MB
	// Open opens the networks of runs, for test images and maps of features; nil for a report without.
	Open gallery.Opener
	// Skipped is told of runs whose network can't be opened, and why; nil for silence.
	Skipped func(why string)
}

// points is the number of points of a curve in a report of few runs.
const points = 300

// allPoints bounds the points of all curves of a report together.
const allPoints = 90_000

// guessed is the number of test samples whose guesses a report has.
const guessed = 2000

// WriteReport writes a report of a study: one HTML file that needs nothing else.
func WriteReport(ctx context.Context, w io.Writer, s *store.Store, name string, o ReportOptions) error {
	study, err := readReport(ctx, s, name)
	if err != nil {
		return err
	}
	if o.Open != nil {
		if err := study.look(ctx, s, o.Open); err != nil {
			return err
		}
		if o.Skipped != nil {
			for _, why := range study.Unseen {
				o.Skipped(why)
			}
		}
	}
	if o.SQL {
		rows, err := query(
			ctx, s, "SELECT sql FROM sqlite_schema WHERE type = 'view' AND name IN ('seed_summary', 'leaderboard')",
		)
		if err != nil {
			return err
		}
		for _, row := range rows {
			study.Definitions = append(study.Definitions, text(row[0]))
		}
	}
	return study.write(w, o.SQL)
}

// readReport reads what a report has of the database.
func readReport(ctx context.Context, s *store.Store, name string) (*Study, error) {
	study, err := ReadStudy(ctx, s, name)
	if err != nil {
		return nil, err
	}
	curves := max(1, len(study.Logged)*len(study.Runs))
	if err := study.readCurves(ctx, s, max(24, min(points, allPoints/curves))); err != nil {
		return nil, err
	}
	return study, study.readGuesses(ctx, s, guessed)
}

// page is what the template of a report takes.
type page struct {
	Title   string
	Policy  string
	Style   template.CSS
	Data    template.JS
	Blocks  []block
	Scripts []template.JS
}

type block struct {
	ID   string
	Text template.HTML
}

func (study *Study) write(w io.Writer, sql bool) error {
	data, err := json.Marshal(study) // which escapes <, > and &: no text can end the element
	if err != nil {
		return fmt.Errorf("report of study %s: %w", study.Name, err)
	}
	p := page{Title: study.Name + " · kontrast", Style: template.CSS(asset("style.css")), Data: template.JS(data)}
	var scripts []string
	for _, library := range libraries {
		scripts = append(scripts, asset(library))
	}
	if sql {
		scripts = append(scripts, asset("vendor/sql-wasm.js"))
		binary, err := compressed(asset("vendor/sql-wasm.wasm"))
		if err != nil {
			return err
		}
		p.Blocks = []block{{"sqlite", template.HTML(binary)}}
	}
	scripts = append(scripts, script(components...), asset("sqlfile.js"), asset("report.js"))
	var hashes []string
	for _, s := range scripts {
		p.Scripts = append(p.Scripts, template.JS(s))
		hashes = append(hashes, "'sha256-"+digest(s)+"'")
	}
	if sql {
		hashes = append(hashes, "'wasm-unsafe-eval'")
	}
	p.Policy = fmt.Sprintf("default-src 'none'; script-src %s; style-src 'sha256-%s' 'sha256-%s'; img-src data:; "+
		"base-uri 'none'; form-action 'none'",
		strings.Join(hashes, " "), digest(string(p.Style)), plotStyle)
	return reportTemplate.Execute(w, p)
}

var reportTemplate = template.Must(template.New("report").Parse(asset("report.html")))

// plotStyle is the digest of the style that Observable Plot puts into a figure of the class "figure".
const plotStyle = "Mae4Ft7CpnjrLuvLyGpxBczUiAkRsX3FcgL5OzscgFA="

// compressed is what a browser's DecompressionStream takes, by gzip, as base64.
func compressed(content string) (string, error) {
	var b strings.Builder
	text := base64.NewEncoder(base64.StdEncoding, &b)
	packed, err := gzip.NewWriterLevel(text, gzip.BestCompression)
	if err != nil {
		return "", err
	}
	if _, err := io.WriteString(packed, content); err != nil {
		return "", err
	}
	if err := errors.Join(packed.Close(), text.Close()); err != nil {
		return "", err
	}
	return b.String(), nil
}

// script is several scripts in one.
func script(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		b.WriteString(asset(name) + "\n")
	}
	return b.String()
}

// digest is the sha256 of a text as a content security policy has it.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(sum[:])
}
