package apidoc

import (
	"encoding/json"
	"fmt"
	"path"
	"reflect"
	"strings"

	"github.com/gittix/ticketing/adapters/manifests/gocode"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// schemas makes JSON Schemas of Go types, as encoding/json would write them.
type schemas struct {
	gocode.Code
	named map[string]*api.Schema // the structs
	types map[string]reflect.Type
}

// about is the comment of a handler, by its name in Go: a summary, and the rest but for what it says of errors.
func (s schemas) about(handler string) (summary, description string) {
	name := gocode.Handler(handler)
	summary = s.Summary(name)
	var paragraphs []string
	for paragraph := range strings.SplitSeq(s.Comments[name], "\n\n") {
		if !strings.HasPrefix(paragraph, "Errors:") {
			paragraphs = append(paragraphs, gocode.Sentence(paragraph))
		}
	}
	_, description, _ = strings.Cut(strings.Join(paragraphs, "\n\n"), ". ")
	return summary, description
}

func firstParagraph(comment string) string {
	first, _, _ := strings.Cut(comment, "\n\n")
	return strings.TrimRight(gocode.Sentence(first), ".:") + "."
}

// plain are the types that say themselves how they are written.
var plain = map[reflect.Type]api.Schema{
	reflect.TypeFor[money.Cents]():          {Type: api.Types{"number"}, Format: "double", Description: "At most two decimals."},
	reflect.TypeFor[timestamp.Time]():       {Type: api.Types{"string"}, Format: "date-time", Description: "RFC 3339, UTC, with milliseconds."},
	reflect.TypeFor[function.LooseID]():     {Type: api.Types{"integer"}, Format: "int32", Minimum: "1", Description: "A string that holds one is read, too."},
	reflect.TypeFor[function.LooseString](): {Type: api.Types{"string"}},
	reflect.TypeFor[json.RawMessage]():      {},
}

var kinds = map[reflect.Kind]api.Schema{
	reflect.Bool:    {Type: api.Types{"boolean"}},
	reflect.String:  {Type: api.Types{"string"}},
	reflect.Int:     {Type: api.Types{"integer"}},
	reflect.Int32:   {Type: api.Types{"integer"}, Format: "int32"},
	reflect.Int64:   {Type: api.Types{"integer"}, Format: "int64"},
	reflect.Float64: {Type: api.Types{"number"}},
}

// of returns the schema of a type. A struct's is among the named ones, and this refers to it.
// Errors: a type that the documents have had no need of yet.
func (s schemas) of(t reflect.Type) (*api.Schema, error) {
	if known, ok := plain[t]; ok {
		return &known, nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		elem, err := s.of(t.Elem())
		if err != nil {
			return nil, err
		}
		return orNull(elem), nil
	case reflect.Slice:
		items, err := s.of(t.Elem())
		return &api.Schema{Type: api.Types{"array"}, Items: items}, err
	case reflect.Struct:
		if strings.HasPrefix(t.Name(), "Page[") {
			return s.of(t.Field(0).Type)
		}
		return s.reference(t)
	}
	known, ok := kinds[t.Kind()]
	if !ok {
		return nil, fmt.Errorf("apidoc: no schema of %v", t)
	}
	known.Enum = s.Values[t.PkgPath()+"."+t.Name()]
	return &known, nil
}

func orNull(s *api.Schema) *api.Schema {
	if s.Ref != "" {
		return &api.Schema{AnyOf: []*api.Schema{s, {Type: api.Types{"null"}}}}
	}
	s.Type = append(s.Type, "null")
	return s
}

// reference names a struct's schema. Of two with one name, and of every Reply, the name begins with its package's.
func (s schemas) reference(t reflect.Type) (*api.Schema, error) {
	name := t.Name()
	if other, taken := s.types[name]; name == "Reply" || taken && other != t {
		pkg := path.Base(t.PkgPath())
		name = strings.ToUpper(pkg[:1]) + pkg[1:] + name
	}
	ref := &api.Schema{Ref: "#/components/schemas/" + name}
	if s.types[name] == t {
		return ref, nil
	}
	s.types[name] = t
	object := &api.Schema{Type: api.Types{"object"}, Properties: map[string]*api.Schema{}, Description: firstParagraph(s.Comments[t.PkgPath()+"."+t.Name()])}
	s.named[name] = object
	return ref, s.properties(object, t)
}

func (s schemas) properties(object *api.Schema, t reflect.Type) error {
	return s.fields(t, func(f reflect.StructField, comment string) error {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" {
			return nil
		}
		schema, err := s.of(f.Type)
		if err != nil {
			return err
		}
		if options == "omitempty" && schema.AnyOf != nil { // absent, never null
			schema = schema.AnyOf[0]
		} else if options == "omitempty" && f.Type.Kind() == reflect.Pointer {
			schema.Type = schema.Type[:1]
		}
		if options == "" {
			object.Required = append(object.Required, name)
		}
		object.Properties[name] = constrain(schema, f.Tag, comment)
		return nil
	})
}

// fields calls fn with each field of a struct and its comment; with those of embedded structs in their place.
func (s schemas) fields(t reflect.Type, fn func(f reflect.StructField, comment string) error) error {
	if t.Kind() != reflect.Struct {
		return nil
	}
	name, _, _ := strings.Cut(t.Name(), "[")
	for f := range t.Fields() {
		var err error
		if f.Anonymous {
			err = s.fields(f.Type, fn)
		} else {
			err = fn(f, gocode.Sentence(s.Comments[t.PkgPath()+"."+name+"."+f.Name]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// constrain adds what a field's tags and comment say.
func constrain(s *api.Schema, tag reflect.StructTag, comment string) *api.Schema {
	c := *s
	if kind := tag.Get("type"); kind != "" {
		c.Type = api.Types{kind}
	}
	if v := tag.Get("default"); v != "" {
		c.Default = value(&c, v)
	}
	if v := tag.Get("format"); v != "" {
		c.Format = v
	}
	if v := tag.Get("minimum"); v != "" {
		c.Minimum = json.Number(v)
	}
	c.Maximum, c.Pattern = json.Number(tag.Get("maximum")), tag.Get("pattern")
	c.MinLength, c.MaxLength = json.Number(tag.Get("minLength")), json.Number(tag.Get("maxLength"))
	c.Description = strings.TrimSpace(comment + " " + c.Description)
	if comment != "" && !strings.HasSuffix(comment, ".") && s.Description != "" {
		c.Description = comment + ". " + s.Description
	}
	return &c
}

// value reads a tag's text as a value of the schema's type.
func value(s *api.Schema, text string) any {
	if len(s.Type) == 1 && s.Type[0] == "string" {
		return text
	}
	return json.RawMessage(text)
}
