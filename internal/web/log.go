package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"slices"
	"strings"
)

const (
	logBytes = 4 << 20 // of the end of the log that is looked through
	logLines = 500     // that a page gets
)

// logLine is a line of the log of a run.
type logLine struct {
	Time    string `json:"time"`
	Level   string `json:"level"`
	Message string `json:"message"`
	Fields  string `json:"fields"` // the rest, as JSON
}

// log is the end of the log of a run, the newest line last.
func (s *Server) log(r *http.Request) (any, error) {
	run, err := s.Store.FindRun(r.Context(), r.PathValue("run"))
	if err != nil {
		return nil, err
	}
	text, cut, err := tail(s.Log, logBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]any{
			"lines": []logLine{}, "note": "There is no log at " + s.Log + "; kontrast serve --runs names the folder of the " +
				"runs.",
		}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	lines, part := []logLine{}, []byte(plainest(run.Name))
	for len(text) > 0 && len(lines) <= logLines { // the newest first
		at := bytes.LastIndexByte(bytes.TrimSuffix(text, []byte("\n")), '\n') + 1
		line := text[at:]
		text = text[:at]
		var fields map[string]any
		if !bytes.Contains(line, part) || json.Unmarshal(line, &fields) != nil || fields["run"] != run.Name {
			continue
		}
		one := logLine{Time: taken(fields, "ts"), Level: taken(fields, "level"), Message: taken(fields, "msg")}
		delete(fields, "run")
		if rest, err := json.Marshal(fields); err == nil && len(fields) > 0 {
			one.Fields = string(rest)
		}
		lines = append(lines, one)
	}
	note := ""
	if len(lines) > logLines || cut {
		note = fmt.Sprintf("The newest lines; all are in %s.", s.Log)
		lines = lines[:min(len(lines), logLines)]
	}
	slices.Reverse(lines)
	return map[string]any{"lines": lines, "note": note}, nil
}

// plainest is the longest part of a name that is written in JSON as it is.
func plainest(name string) (longest string) {
	const plain = "-._0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return !strings.ContainsRune(plain, r) }) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// taken takes a text out of the fields.
func taken(fields map[string]any, key string) string {
	text, _ := fields[key].(string)
	delete(fields, key)
	return text
}

// tail reads the end of a file, from the beginning of a line on.
func tail(path string, most int64) (text []byte, cut bool, err error) {
	if path == "" {
		return nil, false, fs.ErrNotExist
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, false, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, false, err
	}
	if cut = info.Size() > most; cut {
		if _, err := file.Seek(-most, io.SeekEnd); err != nil {
			return nil, false, err
		}
	}
	if text, err = io.ReadAll(io.LimitReader(file, most)); err != nil {
		return nil, false, err
	}
	if cut {
		text = text[bytes.IndexByte(text, '\n')+1:]
	}
	return text, cut, nil
}
