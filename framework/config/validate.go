package config

import (
	"reflect"
	"slices"
	"strconv"
)

// validate calls the Validate methods of a value and of all it holds, and
// reports whether the value is within its tags' constraints: a default that is
// not must be given, and no Validate method gets to see it. Unless the
// configuration is partial, every choice must have been made.
func (d *decoder) validate(path string, s *shape, v reflect.Value, partial bool) bool {
	sound := true
	switch s.form {
	case choiceForm:
		if c := v.Interface().(Choice); c.Name == "" && !partial && !d.faulty(join(path, nameKey)) {
			d.blame(path, Fault{Message: "nothing is chosen", Hint: c.nameHint()})
		}
		return true
	case gridForm:
		return true
	case pointerForm:
		return v.IsNil() || d.validate(path, s.elem, v.Elem(), partial)
	case listForm:
		for i := range v.Len() {
			sound = d.validate(join(path, strconv.Itoa(i)), s.elem, v.Index(i), partial) && sound
		}
	case mapForm:
		for key, element := range v.Seq2() {
			addressable := reflect.New(s.elem.typ).Elem()
			addressable.Set(element)
			sound = d.validate(join(path, key.String()), s.elem, addressable, partial) && sound
		}
	case structForm:
		for i := range s.fields {
			f := &s.fields[i]
			value, at := v.FieldByIndex(f.index), join(path, f.key)
			if f.violated(f.shape, value) {
				d.blame(at, Fault{Message: "must be given, " + f.allowed(), Hint: f.help()})
				sound = false
				continue
			}
			sound = d.validate(at, f.shape, value, partial) && sound
		}
	}
	if !sound {
		return false
	}
	for _, index := range s.inlined {
		d.call(path, v.FieldByIndex(index))
	}
	d.call(path, v)
	return true
}

// violated reports whether anything that a field holds breaks its constraints.
func (f *field) violated(s *shape, v reflect.Value) bool {
	if f.within == nil && f.oneOf == nil {
		return false
	}
	switch s.form {
	case pointerForm:
		return !v.IsNil() && f.violated(s.elem, v.Elem())
	case listForm, mapForm:
		for _, element := range v.Seq2() {
			if f.violated(s.elem, element) {
				return true
			}
		}
		return false
	}
	return f.violation(encode(s, v), s, v) != ""
}

func (d *decoder) call(path string, v reflect.Value) {
	if !v.CanAddr() || !v.Addr().CanInterface() {
		return
	}
	if validator, ok := v.Addr().Interface().(Validator); ok {
		for _, f := range faultsOf(validator.Validate()) {
			d.blame(path, f)
		}
	}
}

// blame adds a fault of a section, unless its key is known to be at fault: its value then is not the one that was
// written.
func (d *decoder) blame(path string, f Fault) {
	f.Path = join(path, f.Path)
	if !d.faulty(f.Path) {
		d.faults = append(d.faults, d.root.locate(f))
	}
}

// faulty reports whether decoding found a fault with a key.
func (d *decoder) faulty(path string) bool {
	full := join(d.root.path, path)
	return full != "" && slices.ContainsFunc(d.faults[:d.decoded], func(f Fault) bool { return f.Path == full })
}
