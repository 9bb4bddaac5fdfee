package config

import (
	"reflect"
	"slices"
	"strconv"
)

// validate calls the Validate methods of a value and of all it holds. Unless the configuration is partial, every choice must have been made.
func (d *decoder) validate(path string, s *shape, v reflect.Value, partial bool) {
	switch s.form {
	case choiceForm:
		if v.Interface().(Choice).Name == "" && !partial && !d.faulty(join(path, nameKey)) {
			d.blame(path, Fault{Message: "nothing is chosen", Hint: "give a name"})
		}
		return
	case gridForm:
		return
	case pointerForm:
		if !v.IsNil() {
			d.validate(path, s.elem, v.Elem(), partial)
		}
		return
	case listForm:
		for i := range v.Len() {
			d.validate(join(path, strconv.Itoa(i)), s.elem, v.Index(i), partial)
		}
	case mapForm:
		for key, element := range v.Seq2() {
			addressable := reflect.New(s.elem.typ).Elem()
			addressable.Set(element)
			d.validate(join(path, key.String()), s.elem, addressable, partial)
		}
	case structForm:
		for _, f := range s.fields {
			d.validate(join(path, f.key), f.shape, v.FieldByIndex(f.index), partial)
		}
		for _, index := range s.inlined {
			d.call(path, v.FieldByIndex(index))
		}
	}
	d.call(path, v)
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

// blame adds a fault of a section, unless its key is known to be at fault: its value then is not the one that was written.
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
