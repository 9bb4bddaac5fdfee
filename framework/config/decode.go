package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Validator is what a configuration struct implements to check what tags
// cannot say. The error may be made by [Faultf], be [Faults], or be several
// joined; any other blames the struct as a whole.
type Validator interface {
	Validate() error
}

// Defaulter is what a configuration struct implements whose zero value is not
// its default. SetDefaults is called on structs that begin empty: the items of
// lists and maps, and sections behind nil pointers.
type Defaulter interface {
	SetDefaults()
}

// Decode writes a document, or a section of one, over the defaults in the
// struct that dst points to. Lists and maps are replaced, never merged, and a
// null section is an empty one. Afterwards every Validate method of the struct
// and of what it holds is called.
//
// All faults are reported at once, as [Faults]: unknown and repeated keys,
// wrong types, values outside their range or list, what Validate says, and
// choices without a name. A key whose default its own tags refuse must be given.
//
// Values at fault are not stored, and Validate is not called on a struct that
// its tags refuse, so that it always sees valid values. Even with faults dst
// holds all that is sound: the choices in it can still be resolved and their
// faults added to the rest.
// An error of another type means that dst is not a struct that can be configured.
func Decode(n Node, dst any) error { return decode(n, dst, false) }

// Check reports what is wrong with a configuration that a program holds: a type
// or tag that cannot be configured, values outside their tags' range or list,
// and what Validate says. Choices without a name pass. Registries check
// defaults with it.
func Check(v any) error {
	value := reflect.Indirect(reflect.ValueOf(v))
	if value.Kind() != reflect.Struct {
		return fmt.Errorf("config: expected a struct or a pointer to one, got %T", v)
	}
	s, err := shapeOf(value.Type())
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	trial := reflect.New(value.Type())
	trial.Elem().Set(value)
	return decode(Node{n: encode(s, value)}, trial.Interface(), true)
}

func decode(n Node, dst any, partial bool, reserved ...string) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("config: expected a pointer to a struct to decode into, got %T", dst)
	}
	s, err := shapeOf(v.Elem().Type())
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	for _, key := range reserved {
		if s.field(key) != nil {
			return fmt.Errorf("config: %s has the key %q, which a choice reserves", s.typ, key)
		}
	}
	d := decoder{root: n, shape: s}
	d.section(n.n, "", s, v.Elem(), reserved)
	d.decoded = len(d.faults)
	d.validate("", s, v.Elem(), partial)
	return d.faults.err()
}

// decoder collects faults. Its paths are relative to the root it decodes.
type decoder struct {
	root    Node
	shape   *shape
	faults  Faults
	decoded int // how many faults there were before validation
}

func (d *decoder) fault(at Position, path, hint, format string, args ...any) {
	d.faults = append(d.faults, Fault{at, join(d.root.path, path), fmt.Sprintf(format, args...), hint})
}

func (d *decoder) mismatch(n *node, path string, s *shape, hint string) {
	d.fault(n.at, path, hint, "found %s, expected %s", n.describe(), s.expected())
}

// value decodes what a field holds, or an element of it; the constraints are those of the field.
func (d *decoder) value(n *node, path string, s *shape, f *field, v reflect.Value) {
	switch s.form {
	case structForm:
		d.section(n, path, s, v, nil)
	case choiceForm:
		d.choice(n, path, s, v.Addr().Interface().(*Choice))
	case gridForm:
		d.grid(n, path, s, v.Addr().Interface().(*Grid))
	case pointerForm:
		if n.isNull() {
			v.SetZero()
			return
		}
		target := s.elem.fresh()
		if !v.IsNil() {
			target.Elem().Set(v.Elem())
		}
		d.store(v, s.elem, func() reflect.Value {
			d.value(n, path, s.elem, f, target.Elem())
			return target
		})
	case listForm:
		d.list(n, path, s, f, v)
	case mapForm:
		d.mapping(n, path, s, f, v)
	default:
		d.scalar(n, path, s, f, v)
	}
}

// store sets v to what decode makes, unless that is at fault. Sections and choices keep what is sound in them.
func (d *decoder) store(v reflect.Value, elem *shape, decode func() reflect.Value) {
	before := len(d.faults)
	made := decode()
	if len(d.faults) == before || elem.form == structForm || elem.form == choiceForm {
		v.Set(made)
	}
}

func (d *decoder) list(n *node, path string, s *shape, f *field, v reflect.Value) {
	if n.kind != listKind {
		hint := f.help()
		switch {
		case n.isNull():
			hint = "write [] for an empty list"
		case n.kind == scalarKind:
			hint = fmt.Sprintf("put it in brackets: [%s]", shorten(n.text))
		}
		d.mismatch(n, path, s, hint)
		return
	}
	made := reflect.New(s.typ).Elem()
	if s.typ.Kind() == reflect.Slice {
		made = reflect.MakeSlice(s.typ, len(n.items), len(n.items))
	} else if len(n.items) != made.Len() {
		d.fault(n.at, path, f.help(), "found a list of %d, expected %s", len(n.items), s.expected())
		return
	}
	d.store(v, s.elem, func() reflect.Value {
		for i, item := range n.items {
			made.Index(i).Set(s.elem.fresh().Elem())
			d.value(item, join(path, strconv.Itoa(i)), s.elem, f, made.Index(i))
		}
		return made
	})
}

func (d *decoder) mapping(n *node, path string, s *shape, f *field, v reflect.Value) {
	if n.isNull() {
		return
	}
	if n.kind != mappingKind {
		d.mismatch(n, path, s, f.help())
		return
	}
	made := reflect.MakeMap(s.typ)
	d.store(v, s.elem, func() reflect.Value {
		for _, e := range d.unique(n, path) {
			element := s.elem.fresh().Elem()
			d.value(e.value, join(path, e.key), s.elem, f, element)
			made.SetMapIndex(reflect.ValueOf(e.key).Convert(s.typ.Key()), element)
		}
		return made
	})
}

// fresh points to a new value of the type, with its defaults.
func (s *shape) fresh() reflect.Value {
	v := reflect.New(s.typ)
	if d, ok := v.Interface().(Defaulter); ok {
		d.SetDefaults()
	}
	return v
}

// section decodes a struct. Reserved keys belong to somebody else and are passed over.
func (d *decoder) section(n *node, path string, s *shape, v reflect.Value, reserved []string) {
	if n.isNull() {
		return
	}
	if n.kind != mappingKind {
		d.mismatch(n, path, s, "")
		return
	}
	for _, e := range d.unique(n, path) {
		f := s.field(e.key)
		switch {
		case f != nil:
			d.value(e.value, join(path, e.key), f.shape, f, v.FieldByIndex(f.index))
		case !slices.Contains(reserved, e.key):
			known := append(slices.Clone(reserved), s.keys()...)
			d.fault(e.at, join(path, e.key), d.elsewhere(e.key), "%s", unknown("unknown key", "known keys", e.key, known))
		}
	}
}

// unique returns the entries of a mapping, reporting the repeated ones.
func (d *decoder) unique(n *node, path string) []entry {
	first := make(map[string]Position, len(n.entries))
	var entries []entry
	for _, e := range n.entries {
		if at, repeated := first[e.key]; repeated {
			d.fault(e.at, join(path, e.key), "remove one of the two", "given twice; first on line %d", at.Line)
			continue
		}
		first[e.key] = e.at
		entries = append(entries, e)
	}
	return entries
}

// elsewhere is the hint for an unknown key that another section has.
func (d *decoder) elsewhere(key string) string {
	if path, ok := d.shape.search(key); ok && path != key {
		return fmt.Sprintf("there is a key %s", join(d.root.path, path))
	}
	return ""
}

// search returns the path of a key among the sections of a struct.
func (s *shape) search(key string) (string, bool) {
	if s.field(key) != nil {
		return key, true
	}
	for _, f := range s.fields {
		if f.shape.form == structForm {
			if path, ok := f.shape.search(key); ok {
				return join(f.key, path), true
			}
		}
	}
	return "", false
}

// allowed is what the constraints of a field ask for.
func (f *field) allowed() string {
	if f.within != nil {
		return "within " + f.within.text
	}
	return "one of " + strings.Join(f.oneOf, ", ")
}

// help is what the documentation says of a field, for hints.
func (f *field) help() string {
	if f.doc == "" || f.source == "" {
		return f.doc
	}
	return fmt.Sprintf("%s (%s)", f.doc, f.source)
}
