package config

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
)

func (d *decoder) scalar(n *node, path string, s *shape, f *field, v reflect.Value) {
	x := reflect.New(s.typ).Elem()
	if !assign(x, s, n) {
		hint := f.help()
		if special := typeHint(n, s); special != "" {
			hint = special
		}
		d.mismatch(n, path, s, hint)
		return
	}
	if message := f.violation(n, s, x); message != "" {
		d.fault(n.at, path, f.help(), "%s", message)
		return
	}
	v.Set(x)
}

// assign sets x to a scalar and reports whether it is of the type; that it fits is left to violation.
func assign(x reflect.Value, s *shape, n *node) bool {
	if n.kind != scalarKind {
		return false
	}
	switch s.form {
	case boolForm:
		b, ok := n.scalar.(bool)
		x.SetBool(b)
		return ok
	case intForm:
		i, ok := integer(n.scalar)
		x.SetInt(i)
		return ok && !x.OverflowInt(i)
	case uintForm:
		u, ok := n.scalar.(uint64)
		if i, small := integer(n.scalar); small && i >= 0 {
			u, ok = uint64(i), true
		}
		x.SetUint(u)
		return ok && !x.OverflowUint(u)
	case floatForm:
		r, ok := number(n.scalar)
		x.SetFloat(r)
		return ok && x.Float()-x.Float() == 0 // neither infinite, perhaps by conversion, nor NaN
	case durationForm:
		text, ok := n.scalar.(string)
		duration, err := time.ParseDuration(text)
		x.SetInt(int64(duration))
		return ok && err == nil
	}
	text, ok := n.scalar.(string)
	x.SetString(Home(text))
	return ok
}

// Home is a path with the user's home folder in the place of a "~" at its
// beginning, before a slash, where a shell has not put it; any other text as it
// is. All texts of a configuration are read so.
func Home(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	if !ok {
		return path
	}
	home, err := os.UserHomeDir()
	if err != nil { // the error of the file that is not there says the path
		return path
	}
	return filepath.Join(home, rest)
}

// integer accepts floats that are whole, such as 1e5.
func integer(scalar any) (int64, bool) {
	switch i := scalar.(type) {
	case int:
		return int64(i), true
	case int64:
		return i, true
	case uint64:
		return int64(i), i <= math.MaxInt64
	case float64:
		return int64(i), i == math.Trunc(i) && math.Abs(i) < 1<<63
	}
	return 0, false
}

func number(scalar any) (float64, bool) {
	switch x := scalar.(type) {
	case float64:
		return x, true
	case uint64:
		return float64(x), true
	}
	i, ok := integer(scalar)
	return float64(i), ok
}

// typeHint says how to write what was probably meant.
func typeHint(n *node, s *shape) string {
	if n.kind != scalarKind {
		return ""
	}
	x, isNumber := number(n.scalar)
	_, isBool := n.scalar.(bool)
	switch {
	case n.scalar == nil:
		return "give a value, or leave the key out to keep its default"
	case s.form == stringForm && (isNumber || isBool):
		return fmt.Sprintf("quote it: %q", shorten(n.text))
	case s.form == durationForm && isNumber:
		return fmt.Sprintf("add a unit: %ss, %sm or %sh", n.text, n.text, n.text)
	case s.form == floatForm && isNumber:
		return "it must be finite"
	case (s.form == intForm || s.form == uintForm) && isNumber && x == math.Trunc(x) && (x >= 0 || s.form == intForm):
		return fmt.Sprintf("it must fit in %d bits", s.typ.Bits())
	}
	return ""
}

// violation says how a value breaks the field's constraints; empty if it does not.
func (f *field) violation(n *node, s *shape, x reflect.Value) string {
	if f.within != nil {
		var size float64
		switch s.form {
		case intForm, durationForm:
			size = float64(x.Int())
		case uintForm:
			size = float64(x.Uint())
		default:
			size = x.Float()
		}
		if !f.within.contains(size) {
			return fmt.Sprintf("%s is out of range %s", shorten(n.text), f.within.text)
		}
	}
	if f.oneOf == nil {
		return ""
	}
	text := encode(s, x).text
	if slices.Contains(f.oneOf, text) || f.omitted(text) {
		return ""
	}
	if s.form != stringForm {
		return fmt.Sprintf("%s is none of %s", text, strings.Join(f.oneOf, ", "))
	}
	return Unknown("value", text, f.oneOf)
}
