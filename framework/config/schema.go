package config

import (
	"encoding/json"
	"math"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// Alternatives lists, by dotted path, what the choices of a configuration can
// be, each made by [Chosen] with its default parameters.
type Alternatives map[string][]Choice

// Schema returns the JSON Schema (draft 2020-12) of a configuration: types,
// ranges, enumerations, defaults and descriptions, with no key allowed but the
// known ones. It is what editors complete and check YAML files with. A choice
// takes one of its alternatives; where none are listed, any name and any parameters.
func Schema(defaults any, alternatives Alternatives) *jsonschema.Schema {
	value, s := valueOf(defaults)
	w := schemaWriter{alternatives}
	root := w.section("", s, value)
	root.Schema = "https://json-schema.org/draft/2020-12/schema"
	return root
}

type schemaWriter struct{ alternatives Alternatives }

func (w schemaWriter) section(path string, s *shape, v reflect.Value) *jsonschema.Schema {
	object := &jsonschema.Schema{
		Type: "object", Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: nothing(),
	}
	for i := range s.fields {
		f := &s.fields[i]
		value := v.FieldByIndex(f.index)
		property := w.value(join(path, f.key), f.shape, f, value)
		property.Description = f.help()
		switch encoded := encode(f.shape, value); {
		case f.violated(f.shape, value):
			object.Required = append(object.Required, f.key)
		case f.shape.form != structForm && !(f.shape.form == choiceForm && encoded.isNull()):
			property.Default = encoded.json()
		}
		object.Properties[f.key] = property
		object.PropertyOrder = append(object.PropertyOrder, f.key)
	}
	return object
}

func nothing() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

func (w schemaWriter) value(path string, s *shape, f *field, v reflect.Value) *jsonschema.Schema {
	switch s.form {
	case structForm:
		return w.section(path, s, v)
	case choiceForm:
		return w.choice(path, v.Interface().(Choice).Name)
	case gridForm:
		lists := &jsonschema.Schema{Types: []string{"array", "object"}, MinItems: new(1)}
		return &jsonschema.Schema{Type: "object", AdditionalProperties: lists}
	case pointerForm:
		elem := s.elem.fresh().Elem()
		if !v.IsNil() {
			elem = v.Elem()
		}
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{w.value(path, s.elem, f, elem), {Type: "null"}}}
	case listForm:
		list := &jsonschema.Schema{Type: "array", Items: w.value(path, s.elem, f, s.elem.fresh().Elem())}
		if s.typ.Kind() == reflect.Array {
			list.MinItems, list.MaxItems = new(s.typ.Len()), new(s.typ.Len())
		}
		return list
	case mapForm:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: w.value(path, s.elem, f, s.elem.fresh().Elem())}
	}
	return scalarSchema(s, f)
}

func scalarSchema(s *shape, f *field) *jsonschema.Schema {
	schema := &jsonschema.Schema{}
	switch s.form {
	case durationForm: // its range has no JSON Schema
		schema.Type, schema.Pattern = "string", `^[+-]?(0|([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+$`
		return schema
	case uintForm:
		schema.Type, schema.Minimum = "integer", new(0.0)
	default:
		schema.Type = s.name()
	}
	for _, text := range f.oneOf {
		schema.Enum = append(schema.Enum, enumValue(s, text))
	}
	if r := f.within; r != nil {
		bound := func(x float64, open bool, closed, exclusive **float64) {
			if math.IsInf(x, 0) {
				return
			}
			if open {
				closed = exclusive
			}
			*closed = new(x)
		}
		bound(r.low, r.lowOpen, &schema.Minimum, &schema.ExclusiveMinimum)
		bound(r.high, r.highOpen, &schema.Maximum, &schema.ExclusiveMaximum)
	}
	return schema
}

func enumValue(s *shape, text string) any {
	if s.form == stringForm {
		return text
	}
	return json.Number(text)
}

// choice is the name alone, or an object of one alternative. Only the default may go without its name.
func (w schemaWriter) choice(path, byDefault string) *jsonschema.Schema {
	required := func(name string) []string {
		if name != "" && name == byDefault {
			return nil
		}
		return []string{nameKey}
	}
	names := &jsonschema.Schema{Type: "string"}
	alternatives, ok := w.alternatives[path]
	if !ok {
		name := map[string]*jsonschema.Schema{nameKey: {Type: "string"}}
		return &jsonschema.Schema{
			AnyOf: []*jsonschema.Schema{names, {Type: "object", Properties: name, Required: required(byDefault)}},
		}
	}
	all := []*jsonschema.Schema{names}
	for _, c := range alternatives {
		names.Enum = append(names.Enum, c.Name)
		object := &jsonschema.Schema{
			Type: "object", Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: nothing(),
		}
		if c.Params != nil {
			value, s := valueOf(c.Params)
			object = w.section(path, s, value)
		}
		object.Title = c.Name
		object.Properties[nameKey] = &jsonschema.Schema{Const: jsonschema.Ptr(any(c.Name))}
		object.PropertyOrder = append([]string{nameKey}, object.PropertyOrder...)
		object.Required = append(required(c.Name), object.Required...)
		all = append(all, object)
	}
	return &jsonschema.Schema{AnyOf: all}
}
