package config

import (
	"reflect"
	"slices"
	"strings"
)

// Setting is one field of a struct of settings.
type Setting struct {
	Name     string // of the environment variable
	Type     string // such as time.Duration
	Default  string
	Required bool   // tag required:"true"
	Unless   string // tag unless: another setting, in whose place this one is required
	Secret   bool   // tag secret:"true": never shown, and mounted from a Secret
	Example  string // tag example
	Comment  string // tag comment, of a field that has no comment in the code
	Reaches  string // tag reaches: what the process connects to because of it: a service, postgres, redis, bus, internet or mail
	Field    string // of the struct
	Struct   reflect.Type
}

// Settings lists the settings of structs, those of nested structs included, each once, in their order.
func Settings(groups ...any) []Setting {
	var all []Setting
	for _, group := range groups {
		collect(reflect.TypeOf(group), &all)
	}
	return all
}

func collect(t reflect.Type, all *[]Setting) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("env"), ",")
		if name == "" {
			if f.Type.Kind() == reflect.Struct {
				collect(f.Type, all)
			}
			continue
		}
		if slices.ContainsFunc(*all, func(s Setting) bool { return s.Name == name }) {
			continue
		}
		*all = append(*all, Setting{
			Name: name, Type: f.Type.String(), Default: f.Tag.Get("envDefault"), Example: f.Tag.Get("example"), Reaches: f.Tag.Get("reaches"), Comment: f.Tag.Get("comment"),
			Required: f.Tag.Get("required") == "true" || strings.Contains(options, "required"), Secret: f.Tag.Get("secret") == "true",
			Unless: f.Tag.Get("unless"), Field: f.Name, Struct: t,
		})
	}
}

// Examples returns a value for each required setting of groups: enough to make a service that is never run.
func Examples(groups ...any) Values {
	values := Values{}
	for _, s := range Settings(groups...) {
		if s.Required {
			values[s.Name] = s.Example
		}
	}
	return values
}

// Missing names the required settings of groups that values lacks, such as A, or "B or C" where C may take B's place.
func (v Values) Missing(groups ...any) []string {
	var names []string
	for _, s := range Settings(groups...) {
		if !s.Required || v[s.Name] != "" || s.Unless != "" && v[s.Unless] != "" {
			continue
		}
		name := s.Name
		if s.Unless != "" {
			name += " or " + s.Unless
		}
		names = append(names, name)
	}
	return names
}
