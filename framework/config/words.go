package config

import (
	"reflect"
	"strconv"
	"strings"
)

// name is the type in the words of the documentation.
func (s *shape) name() string {
	switch s.form {
	case boolForm:
		return "boolean"
	case intForm, uintForm:
		return "integer"
	case floatForm:
		return "number"
	case stringForm:
		return "string"
	case durationForm:
		return "duration"
	case pointerForm:
		return "optional " + s.elem.name()
	case listForm:
		if s.typ.Kind() == reflect.Array {
			return "list of " + strconv.Itoa(s.typ.Len()) + " " + plural(s.elem.name())
		}
		return "list of " + plural(s.elem.name())
	case mapForm:
		return "mapping to " + plural(s.elem.name())
	case choiceForm:
		return "choice"
	case gridForm:
		return "grid"
	}
	return "section"
}

// expected is the type in the words of a message.
func (s *shape) expected() string {
	switch s.form {
	case boolForm:
		return "true or false"
	case intForm:
		return "an integer"
	case uintForm:
		return "an integer of at least 0"
	case durationForm:
		return `a duration such as "90s" or "1h30m"`
	case pointerForm:
		return s.elem.expected() + ", or null for none"
	case structForm:
		return "a section with the keys " + strings.Join(s.keys(), ", ")
	case choiceForm:
		return "a name, or a mapping with a name and its parameters"
	case gridForm:
		return "a mapping from dotted keys to lists of values"
	}
	return "a " + s.name()
}

func plural(name string) string {
	for _, first := range []string{"list", "mapping"} {
		if strings.HasPrefix(name, first+" ") {
			return first + "s" + strings.TrimPrefix(name, first)
		}
	}
	return name + "s"
}
