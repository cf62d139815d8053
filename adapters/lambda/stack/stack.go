// Package stack makes of template.yaml what CloudFormation would: a stack in which every reference is resolved to what its
// resource returns. Tests run the real programs with the environments that come out.
//
// Its promise: Ref and GetAtt return what CloudFormation's registry says of the type (registry.json), so an id is never a name;
// what is asked for and does not exist is an error, as it is in a deploy. It knows the intrinsic functions that the template uses.
package stack

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// What every stack here is deployed as.
const (
	Region  = "eu-central-1"
	Account = "123456789012"
)

// registry is what identifies a resource of a type, which is what Ref returns, and what GetAtt may ask for: `make aws-registry`
// takes it from the registry's schemas.
//
//go:embed registry.json
var registryJSON []byte

type kind struct{ Identifier, Attributes []string }

// Stack is a template with a name and parameters. Its values are strings, numbers, bools, []any and Object.
type Stack struct {
	Name       string
	Parameters map[string]string
	Secrets    map[string]string // by logical id: values that are not as AWS made them up
	Attributes map[string]string // of Custom::Migrations, as the migrations have answered; nil: anything
	template   Object
	registry   map[string]kind
}

// Object is a map of the template.
type Object map[string]any

// Read reads a template for a stack. Parameters that are not given have their defaults.
// Errors: no template; a parameter that has no default, or a value that is not allowed; a parameter that the template lacks; a rule
// that the parameters break.
func Read(path, name string, parameters map[string]string) (*Stack, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(raw, &document); err != nil {
		return nil, err
	}
	value, err := decode(document.Content[0])
	if err != nil {
		return nil, err
	}
	template, ok := value.(Object)
	if !ok {
		return nil, fmt.Errorf("stack: %s is no template", path)
	}
	s := &Stack{Name: name, Parameters: maps.Clone(parameters), template: template}
	if err := json.Unmarshal(registryJSON, &s.registry); err != nil {
		return nil, err
	}
	if s.Parameters == nil {
		s.Parameters = map[string]string{}
	}
	return s, errors.Join(s.fill(), s.obey())
}

// fill gives parameters their defaults.
func (s *Stack) fill() error {
	declared := s.template.Object("Parameters")
	for name := range s.Parameters {
		if declared[name] == nil {
			return fmt.Errorf("stack: the template has no parameter %s", name)
		}
	}
	for name := range declared {
		p := declared.Object(name)
		value, given := s.Parameters[name]
		if !given {
			if p["Default"] == nil {
				return fmt.Errorf("stack: parameter %s must have a value", name)
			}
			value = p.Text("Default")
			s.Parameters[name] = value
		}
		if allowed := p.List("AllowedValues"); allowed != nil && !slices.ContainsFunc(allowed, func(a any) bool { return fmt.Sprint(a) == value }) {
			return fmt.Errorf("stack: parameter %s may not be %q", name, value)
		}
	}
	return nil
}

// obey checks the template's rules.
func (s *Stack) obey() error {
	var broken []error
	for name := range s.template.Object("Rules") {
		rule := s.template.Object("Rules", name)
		applies, err := s.resolve(rule["RuleCondition"])
		if err != nil || applies != true {
			broken = append(broken, err)
			continue
		}
		for _, item := range rule.List("Assertions") {
			assertion, _ := item.(Object)
			if holds, err := s.resolve(assertion["Assert"]); err != nil || holds != true {
				broken = append(broken, fmt.Errorf("stack: %s: %w", assertion.Text("AssertDescription"), errors.Join(errRule, err)))
			}
		}
	}
	return errors.Join(broken...)
}

var errRule = errors.New("a rule of the template")

// decode turns YAML into objects, and short forms of intrinsic functions into long ones.
func decode(n *yaml.Node) (value any, err error) {
	switch n.Kind {
	case yaml.MappingNode:
		o := Object{}
		for i := 0; i < len(n.Content); i += 2 {
			if o[n.Content[i].Value], err = decode(n.Content[i+1]); err != nil {
				return nil, err
			}
		}
		value = o
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			if list[i], err = decode(item); err != nil {
				return nil, err
			}
		}
		value = list
	default:
		if strings.HasPrefix(n.Tag, "!!") {
			err = n.Decode(&value)
		} else {
			value = n.Value
		}
	}
	name, short := strings.CutPrefix(n.Tag, "!")
	if err != nil || !short || strings.HasPrefix(name, "!") {
		return value, err
	}
	if name != "Ref" && name != "Condition" {
		name = "Fn::" + name
	}
	if path, dotted := value.(string); dotted && name == "Fn::GetAtt" {
		id, attribute, _ := strings.Cut(path, ".")
		value = []any{id, attribute}
	}
	return Object{name: value}, nil
}

// At returns what lies below an object by its keys, or nil.
func (o Object) At(keys ...string) any {
	var value any = o
	for _, key := range keys {
		m, _ := value.(Object)
		value = m[key]
	}
	return value
}

// Object is the object there, or nil.
func (o Object) Object(keys ...string) Object { m, _ := o.At(keys...).(Object); return m }

// List is the list there, or nil.
func (o Object) List(keys ...string) []any { l, _ := o.At(keys...).([]any); return l }

// Text is the value there as a string; "" for nothing.
func (o Object) Text(keys ...string) string {
	if v := o.At(keys...); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}
