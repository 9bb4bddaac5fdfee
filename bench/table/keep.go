package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// keep is a file of measured rows, a line of JSON each; without a path it keeps nothing.
type keep struct {
	path string
	rows []measured
}

// open reads what is kept. A file that does not exist is empty.
func open(path string) (*keep, error) {
	k := &keep{path: path}
	if path == "" {
		return k, nil
	}
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	in := json.NewDecoder(f)
	for {
		var m measured
		switch err := in.Decode(&m); {
		case errors.Is(err, io.EOF):
			return k, nil
		case err != nil:
			return nil, fmt.Errorf("%s: row %d: %w", path, len(k.rows)+1, err)
		}
		k.rows = append(k.rows, m)
	}
}

// of is what was measured of a row with a number of threads.
func (k *keep) of(r row, threads int) (measured, bool) {
	for _, m := range k.rows {
		if m.Row == r.name && m.Threads == threads {
			return m, true
		}
	}
	return measured{}, false
}

// add keeps a row.
func (k *keep) add(m measured) error {
	if k.path == "" {
		return nil
	}
	line, err := json.Marshal(m)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(k.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}
