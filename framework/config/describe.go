package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Field documents one key.
type Field struct {
	// Path is dotted; "[]" stands for the items of a list and "*" for the keys of a map, where these hold sections.
	Path string `json:"path"`
	// Type is in words: "number", "optional integer", "list of 2 numbers", "section".
	Type string `json:"type"`
	// Default is the value on one line; empty for sections.
	Default string `json:"default,omitempty"`
	// Required says that the key must be given: its own tags refuse the default.
	Required bool `json:"required,omitempty"`
	// Doc, Range, OneOf and Source are what the tags say.
	Doc    string   `json:"doc,omitempty"`
	Range  string   `json:"range,omitempty"`
	OneOf  []string `json:"oneof,omitempty"`
	Source string   `json:"source,omitempty"`
}

// Describe documents every key of a configuration, in the order of its fields,
// with the values it holds as defaults. A section stands before its keys, and
// a choice before the parameters it holds.
func Describe(defaults any) []Field {
	value, s := valueOf(defaults)
	return describe("", s, value, nil)
}

func describe(path string, s *shape, v reflect.Value, to []Field) []Field {
	for i := range s.fields {
		f := &s.fields[i]
		value := v.FieldByIndex(f.index)
		d := Field{Path: join(path, f.key), Type: f.shape.name(), Doc: f.doc, OneOf: f.oneOf, Source: f.source}
		if f.within != nil {
			d.Range = f.within.text
		}
		switch {
		case f.shape.form == structForm:
		case f.shape.form == choiceForm:
			d.Default = value.Interface().(Choice).Name
		case f.violated(f.shape, value):
			d.Required = true
		default:
			d.Default = encode(f.shape, value).flow()
		}
		to = append(to, d)
		to = describeWithin(d.Path, f.shape, value, to)
	}
	return to
}

// describeWithin documents the keys of the sections that a value holds.
func describeWithin(path string, s *shape, v reflect.Value, to []Field) []Field {
	switch s.form {
	case structForm:
		return describe(path, s, v, to)
	case choiceForm:
		if params := v.Interface().(Choice).Params; params != nil {
			value, shape := valueOf(params)
			return describe(path, shape, value, to)
		}
	case pointerForm:
		if !v.IsNil() {
			return describeWithin(path, s.elem, v.Elem(), to)
		}
		return describeWithin(path, s.elem, s.elem.fresh().Elem(), to)
	case listForm:
		return describeWithin(path+"[]", s.elem, s.elem.fresh().Elem(), to)
	case mapForm:
		return describeWithin(join(path, "*"), s.elem, s.elem.fresh().Elem(), to)
	}
	return to
}

// Markdown is a table of fields for a page of documentation. It ends with a newline.
func Markdown(fields []Field) string {
	var b strings.Builder
	b.WriteString("| key | type | default | allowed | meaning | source |\n|---|---|---|---|---|---|\n")
	for _, f := range fields {
		allowed := f.Range
		if f.OneOf != nil {
			allowed = "`" + strings.Join(f.OneOf, "`, `") + "`"
		}
		value := f.Default
		if value != "" {
			value = "`" + value + "`"
		}
		if f.Required {
			value = "required"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s |\n",
			f.Path, f.Type, cell(value), cell(allowed), cell(f.Doc), cell(f.Source))
	}
	return b.String()
}

func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}
