package config

import (
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// valueOf returns a struct, given itself or a pointer to it, and its shape. It
// panics if the type or its tags are malformed, which [Check] reports as an error.
func valueOf(v any) (reflect.Value, *shape) {
	value := reflect.ValueOf(v)
	for value.Kind() == reflect.Pointer && !value.IsNil() {
		value = value.Elem()
	}
	if value.Kind() != reflect.Struct {
		panic(fmt.Sprintf("config: expected a struct or a pointer to one, got %T", v))
	}
	s, err := shapeOf(value.Type())
	if err != nil {
		panic("config: " + err.Error())
	}
	return value, s
}

// encode turns a Go value into a tree, with all that it holds written out.
func encode(s *shape, v reflect.Value) *node {
	switch s.form {
	case boolForm:
		return &node{scalar: v.Bool(), text: strconv.FormatBool(v.Bool())}
	case intForm:
		return &node{scalar: v.Int(), text: strconv.FormatInt(v.Int(), 10)}
	case uintForm:
		return &node{scalar: v.Uint(), text: strconv.FormatUint(v.Uint(), 10)}
	case floatForm:
		return encodeFloat(v.Float(), s.typ.Bits())
	case stringForm:
		return encodeString(v.String())
	case durationForm:
		return encodeString(time.Duration(v.Int()).String())
	case pointerForm:
		if v.IsNil() {
			return &node{text: "null"}
		}
		return encode(s.elem, v.Elem())
	case choiceForm:
		return v.Interface().(Choice).encode()
	case gridForm:
		return v.Interface().(Grid).encode()
	case listForm:
		n := &node{kind: listKind}
		for i := range v.Len() {
			n.items = append(n.items, encode(s.elem, v.Index(i)))
		}
		return n
	}
	n := &node{kind: mappingKind}
	if s.form == structForm {
		for i := range s.fields {
			f := &s.fields[i]
			n.entries = append(n.entries, entry{key: f.key, value: encode(f.shape, v.FieldByIndex(f.index)), field: f})
		}
		return n
	}
	elements := make(map[string]reflect.Value, v.Len())
	for key, element := range v.Seq2() {
		elements[key.String()] = element
	}
	for _, key := range slices.Sorted(maps.Keys(elements)) {
		n.entries = append(n.entries, entry{key: key, value: encode(s.elem, elements[key])})
	}
	return n
}

func encodeString(text string) *node { return &node{scalar: text, text: text} }

// encodeFloat writes the shortest text that reads back as the same float of that many bits.
func encodeFloat(x float64, bits int) *node {
	format := byte('f')
	if size := math.Abs(x); size != 0 && (size < 1e-4 || size >= 1e15) {
		format = 'e'
	}
	text := strconv.FormatFloat(x, format, -1, bits)
	if shortest, err := strconv.ParseFloat(text, 64); err == nil {
		x = shortest
	}
	return &node{scalar: x, text: text}
}

// flow is the node on one line, for tables: scalars bare, lists and mappings in brackets.
func (n *node) flow() string {
	if n.isNull() {
		return "null"
	}
	var parts []string
	switch n.kind {
	case listKind:
		for _, item := range n.items {
			parts = append(parts, item.flow())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case mappingKind:
		for _, e := range n.entries {
			parts = append(parts, e.key+": "+e.value.flow())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return n.text
}
