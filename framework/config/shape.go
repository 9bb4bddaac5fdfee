package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// form is what a Go type is to a configuration.
type form int

const (
	boolForm form = iota
	intForm
	uintForm
	floatForm
	stringForm
	durationForm
	pointerForm
	listForm // slices and arrays
	mapForm
	structForm
	choiceForm
	gridForm
)

// shape is a Go type read once by reflection.
type shape struct {
	form    form
	typ     reflect.Type
	elem    *shape  // of pointers, lists and maps
	fields  []field // of structs, inlined ones in place
	inlined [][]int // of structs: the structs that are inline
}

// field is a key of a struct with what its tags say.
type field struct {
	key, doc, source string
	within           *interval
	oneOf            []string
	omit             string // the value that the canonical form leaves out; "" for none
	index            []int
	shape            *shape
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	choiceType   = reflect.TypeFor[Choice]()
	gridType     = reflect.TypeFor[Grid]()
)

var shapes sync.Map // reflect.Type to *shape

// shapeOf fails on types and tags that no configuration can have: the author's mistake, not the user's.
func shapeOf(t reflect.Type) (*shape, error) { return readShape(t, nil) }

func readShape(t reflect.Type, within []reflect.Type) (*shape, error) {
	if known, ok := shapes.Load(t); ok {
		return known.(*shape), nil
	}
	if slices.Contains(within, t) {
		return nil, fmt.Errorf("%s contains itself", t)
	}
	s := &shape{typ: t}
	var err error
	if form, ok := scalarForm(t); ok {
		s.form = form
	} else {
		err = s.readComposite(append(within, t))
	}
	if err != nil {
		return nil, err
	}
	shapes.Store(t, s)
	return s, nil
}

func scalarForm(t reflect.Type) (form, bool) {
	switch t {
	case durationType:
		return durationForm, true
	case choiceType:
		return choiceForm, true
	case gridType:
		return gridForm, true
	}
	switch t.Kind() {
	case reflect.Bool:
		return boolForm, true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intForm, true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return uintForm, true
	case reflect.Float32, reflect.Float64:
		return floatForm, true
	case reflect.String:
		return stringForm, true
	}
	return 0, false
}

func (s *shape) readComposite(within []reflect.Type) (err error) {
	switch s.typ.Kind() {
	case reflect.Pointer:
		s.form = pointerForm
	case reflect.Slice, reflect.Array:
		s.form = listForm
	case reflect.Map:
		s.form = mapForm
		if s.typ.Key().Kind() != reflect.String {
			return fmt.Errorf("%s: the keys of a map must be strings", s.typ)
		}
	case reflect.Struct:
		s.form = structForm
		return s.readFields(within)
	default:
		return fmt.Errorf("%s cannot be configured", s.typ)
	}
	s.elem, err = readShape(s.typ.Elem(), within)
	if err == nil && s.elem.form == pointerForm {
		return fmt.Errorf("%s: a pointer inside a pointer, list or map cannot be configured", s.typ)
	}
	return err
}

func (s *shape) readFields(within []reflect.Type) error {
	for i := range s.typ.NumField() {
		sf := s.typ.Field(i)
		key, options, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
		inline := slices.Contains(strings.Split(options, ","), "inline")
		if key == "-" || !sf.IsExported() && !(sf.Anonymous && inline) {
			continue
		}
		f, err := readField(sf, within)
		if err != nil {
			return fmt.Errorf("%s.%s: %w", s.typ, sf.Name, err)
		}
		fields := []field{f}
		if inline {
			if f.shape.form != structForm {
				return fmt.Errorf("%s.%s: only a struct can be inline", s.typ, sf.Name)
			}
			s.inlined = append(s.inlined, sf.Index)
			for _, index := range f.shape.inlined {
				s.inlined = append(s.inlined, append([]int{i}, index...))
			}
			fields = slices.Clone(f.shape.fields)
			for j := range fields {
				fields[j].index = append([]int{i}, fields[j].index...)
			}
		}
		for _, f := range fields {
			if s.field(f.key) != nil {
				return fmt.Errorf("%s: two fields have the key %q", s.typ, f.key)
			}
			s.fields = append(s.fields, f)
		}
	}
	return s.document()
}

func readField(sf reflect.StructField, within []reflect.Type) (field, error) {
	key, _, _ := strings.Cut(sf.Tag.Get("yaml"), ",")
	if key == "" {
		key = strings.ToLower(sf.Name)
	}
	f := field{
		key: key, doc: sf.Tag.Get("doc"), source: sf.Tag.Get("source"), omit: sf.Tag.Get("omit"), index: sf.Index,
	}
	if strings.ContainsAny(key, ". ") {
		return f, fmt.Errorf("the key %q holds a dot or a space", key)
	}
	var err error
	if f.shape, err = readShape(sf.Type, within); err != nil {
		return f, err
	}
	leaf := f.shape.leaf()
	if text, ok := sf.Tag.Lookup("range"); ok {
		bound := numberBound
		switch leaf.form {
		case intForm, uintForm, floatForm:
		case durationForm:
			bound = durationBound
		default:
			return f, fmt.Errorf("a range needs numbers or durations, not %s", leaf.typ)
		}
		if f.within, err = parseInterval(text, bound); err != nil {
			return f, err
		}
	}
	if text, ok := sf.Tag.Lookup("oneof"); ok {
		for name := range strings.SplitSeq(text, ",") {
			f.oneOf = append(f.oneOf, strings.TrimSpace(name))
		}
		if leaf.form != stringForm && leaf.form != intForm && leaf.form != uintForm {
			return f, fmt.Errorf("oneof needs strings or integers, not %s", leaf.typ)
		}
	}
	return f, nil
}

// leaf is what a pointer, a list or a map holds in the end.
func (s *shape) leaf() *shape {
	for s.elem != nil {
		s = s.elem
	}
	return s
}

func (s *shape) field(key string) *field {
	for i := range s.fields {
		if s.fields[i].key == key {
			return &s.fields[i]
		}
	}
	return nil
}

func (s *shape) keys() []string {
	keys := make([]string, len(s.fields))
	for i, f := range s.fields {
		keys[i] = f.key
	}
	return keys
}
