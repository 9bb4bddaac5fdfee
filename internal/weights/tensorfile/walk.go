package tensorfile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nlpodyssey/gopickle/types"
)

// maxVisits bounds the walk through what a pickle has built: an object may be
// there many times without taking more memory.
const maxVisits = 1 << 20

// longestInfo bounds a text that is kept as information.
const longestInfo = 1 << 12

// walker collects the tensors of what a pickle has built.
type walker struct {
	file   *File
	visits int
}

// collect adds the tensors of a pickle's result to the file.
func (f *File) collect(result any) error {
	w := walker{file: f}
	if o, is := result.(*object); is {
		if !strings.HasPrefix(o.class, scripted) {
			return fmt.Errorf("its outermost object is a %s: %w", o.class, errWholeModule)
		}
		if err := w.module(o, "", 0); err != nil {
			return err
		}
	} else if err := w.dictionary(result, "", 0); err != nil {
		return err
	}
	if len(f.Groups) == 0 {
		return errors.New("no tensors were found in it, in no dictionary by name")
	}
	return nil
}

func (w *walker) visit(depth int) error {
	if w.visits++; w.visits > maxVisits || depth > maxNesting {
		return errors.New("its pickle is nested without end")
	}
	return nil
}

// dictionary adds the tensors of a dictionary, and those of the dictionaries in it.
func (w *walker) dictionary(of any, group string, depth int) error {
	if err := w.visit(depth); err != nil {
		return err
	}
	return entries(of, func(key, value any) error {
		name, ok := keyName(key)
		if !ok {
			return nil
		}
		switch v := value.(type) {
		case *pending:
			t, err := v.tensor()
			if err != nil {
				return fmt.Errorf("tensor %s: %w", name, err)
			}
			w.file.add(group, name, t)
		case *types.Dict, *types.OrderedDict:
			return w.dictionary(v, strings.TrimPrefix(group+"/"+name, "/"), depth+1)
		case *object:
			w.note(group, name, "an object of "+v.class)
			if err := w.module(v, strings.TrimPrefix(group+"/"+name, "/"), depth+1); err != nil {
				return err
			}
		case string:
			w.note(group, name, v)
		case int:
			w.note(group, name, strconv.Itoa(v))
		}
		return nil
	})
}

// note keeps a text of the outermost dictionaries.
func (w *walker) note(group, name, text string) {
	if !strings.Contains(group, "/") && len(text) <= longestInfo {
		w.file.Info[strings.TrimPrefix(group+"/"+name, "/")] = text
	}
}

// scripted begins the names of the classes of TorchScript.
const scripted = "__torch__."

// module adds the tensors among the attributes of a module of TorchScript and of
// those within it, by the names that a state_dict has for them. Of any other
// object the texts are kept, such as the arguments of a training.
func (w *walker) module(o *object, prefix string, depth int) error {
	if err := w.visit(depth); err != nil {
		return err
	}
	if !strings.HasPrefix(o.class, scripted) {
		return entries(o.state, func(key, value any) error {
			if name, ok := key.(string); ok {
				if text, is := value.(string); is {
					w.note(prefix, name, text)
				}
			}
			return nil
		})
	}
	return entries(o.state, func(key, value any) error {
		name, ok := key.(string)
		if !ok {
			return nil
		}
		path := strings.TrimPrefix(prefix+"."+name, ".")
		switch v := value.(type) {
		case *pending:
			t, err := v.tensor()
			if err != nil {
				return fmt.Errorf("tensor %s: %w", path, err)
			}
			w.file.add("", path, t)
		case *object:
			return w.module(v, path, depth+1)
		}
		return nil
	})
}

// entries visits a dictionary; anything else has none.
func entries(of any, visit func(key, value any) error) error {
	switch d := of.(type) {
	case *types.Dict:
		for _, e := range *d {
			if err := visit(e.Key, e.Value); err != nil {
				return err
			}
		}
	case *types.OrderedDict:
		for e := d.List.Front(); e != nil; e = e.Next() {
			entry, ok := e.Value.(*types.OrderedDictEntry)
			if !ok {
				continue
			}
			if err := visit(entry.Key, entry.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

func keyName(key any) (string, bool) {
	switch k := key.(type) {
	case string:
		return k, true
	case int:
		return strconv.Itoa(k), true
	}
	return "", false
}
