package adapters_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// object is a map of template.yaml. Of an intrinsic function it holds the arguments: !Ref X is "X".
type object map[string]any

func readTemplate(t *testing.T) object {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var template object
	if err := yaml.Unmarshal(raw, &template); err != nil {
		t.Fatal(err)
	}
	return template
}

// at returns what lies below an object by its keys, or nil.
func (o object) at(keys ...string) any {
	var value any = o
	for _, key := range keys {
		m, _ := value.(object)
		value = m[key]
	}
	return value
}

// text returns what at does, as a string: "" for nothing.
func (o object) text(keys ...string) string {
	if value := o.at(keys...); value != nil {
		return fmt.Sprint(value)
	}
	return ""
}

func (o object) object(keys ...string) object {
	m, _ := o.at(keys...).(object)
	return m
}

func (o object) list(keys ...string) []any {
	l, _ := o.at(keys...).([]any)
	return l
}

// number is a number, or 0.
func (o object) number(keys ...string) int {
	n, _ := o.at(keys...).(int)
	return n
}

func (o object) properties(resource string) object {
	return o.object("Resources", resource, "Properties")
}

// container returns a container's environment, secrets included.
func (o object) container(task, name string) object {
	found := object{}
	for _, item := range o.properties(task).list("ContainerDefinitions") {
		if c := item.(object); c.text("Name") == name {
			for _, pair := range append(c.list("Environment"), c.list("Secrets")...) {
				p := pair.(object)
				found[p.text("Name")] = p.text("Value") + p.text("ValueFrom")
			}
		}
	}
	return found
}
