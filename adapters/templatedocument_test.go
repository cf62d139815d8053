package adapters_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// resource is any map of template.yaml. Intrinsic functions are written out: !Ref X is {"Ref": "X"}.
type resource map[string]any

// stack is template.yaml.
type stack struct{ resource }

func readTemplate(t *testing.T) stack {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	read, ok := plain(t, document.Content[0]).(map[string]any)
	if !ok {
		t.Fatal("template.yaml is no map")
	}
	return stack{read}
}

// plain turns YAML into maps, lists and strings. A key that is there twice is a failure: the last would win.
func plain(t *testing.T, n *yaml.Node) (value any) {
	t.Helper()
	defer func() {
		if tag := strings.TrimPrefix(n.Tag, "!"); tag == "Ref" || tag == "Condition" {
			value = map[string]any{tag: value}
		} else if !strings.HasPrefix(n.Tag, "!!") {
			value = map[string]any{"Fn::" + tag: value}
		}
	}()
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := m[key]; twice {
				t.Errorf("line %d: %s is there twice", n.Content[i].Line, key)
			}
			m[key] = plain(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := []any{}
		for _, child := range n.Content {
			list = append(list, plain(t, child))
		}
		return list
	}
	return n.Value
}

// node returns what lies below a map by its keys, or nil.
func node(value any, keys ...string) any {
	for _, key := range keys {
		m, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = m[key]
	}
	return value
}

func (r resource) object(keys ...string) map[string]any {
	m, _ := node(map[string]any(r), keys...).(map[string]any)
	return m
}

// text returns a string, or that inside a !Sub.
func (r resource) text(key string) string {
	if s, ok := r[key].(string); ok {
		return s
	}
	s, _ := node(r[key], "Fn::Sub").(string)
	return s
}

// list returns a list, or what stands in the place of one.
func (r resource) list(key string) []any {
	if l, ok := r[key].([]any); ok {
		return l
	}
	if r[key] == nil {
		return nil
	}
	return []any{r[key]}
}

func (s stack) resources() map[string]resource {
	all := map[string]resource{}
	for id, r := range s.object("Resources") {
		all[id], _ = r.(map[string]any)
	}
	return all
}

// functions are those that run handlers, with their properties.
func (s stack) functions() map[string]resource {
	all := map[string]resource{}
	for id, r := range s.resources() {
		if r.text("Type") == "AWS::Serverless::Function" && id != "Migrate" {
			all[id] = r.object("Properties")
		}
	}
	return all
}

func (s stack) globals() resource { return s.object("Globals", "Function") }

// variables are a function's environment. What is no text is its YAML.
func (r resource) variables() map[string]string {
	found := map[string]string{}
	for name, value := range r.object("Environment", "Variables") {
		if found[name] = resource(r.object("Environment", "Variables")).text(name); found[name] == "" {
			found[name] = fmt.Sprint(value)
		}
	}
	return found
}

// events are what leads to a function: " <api>:<method> <path>" of each route, the public one first, or " every <time> <input>".
func (r resource) events(t *testing.T) string {
	t.Helper()
	var all []string
	for _, event := range r.object("Events") {
		e := resource(event.(map[string]any))
		p := resource(e.object("Properties"))
		switch e.text("Type") {
		case "HttpApi":
			all = append(all, fmt.Sprintf(" %s:%s %s", node(p["ApiId"], "Ref"), p.text("Method"), p.text("Path")))
		case "ScheduleV2":
			all = append(all, fmt.Sprintf(" every %s %s", rate(t, p.text("ScheduleExpression")), p.text("Input")))
		default:
			t.Errorf("an event of type %s", e.text("Type"))
		}
	}
	slices.Sort(all)
	return strings.Join(all, "")
}

// rate reads EventBridge's rate(1 minute).
func rate(t *testing.T, expression string) time.Duration {
	t.Helper()
	var n int
	var unit string
	if _, err := fmt.Sscanf(strings.TrimSuffix(expression, ")"), "rate(%d %s", &n, &unit); err != nil {
		t.Errorf("%q is no rate", expression)
	}
	return time.Duration(n) * map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(unit, "s")]
}

// number returns a property of a function, or Globals'.
func (s stack) number(r resource, key string) int {
	if r.text(key) == "" {
		r = s.globals()
	}
	n, _ := strconv.Atoi(r.text(key))
	return n
}

// sized returns a property that may hang on the stack's size.
func (s stack) sized(r resource, key, size string) int {
	if find, ok := node(r[key], "Fn::FindInMap").([]any); ok && len(find) == 3 {
		name, _ := find[2].(string)
		return s.number(s.object("Mappings", "Size", size), name)
	}
	return s.number(r, key)
}

func (s stack) secret(id string) string {
	return resource(s.resources()[id].object("Properties")).text("SecretString")
}

// container returns a container's environment, secrets included.
func (s stack) container(task, name string) map[string]string {
	found := map[string]string{}
	for _, c := range resource(s.resources()[task].object("Properties")).list("ContainerDefinitions") {
		if c := resource(c.(map[string]any)); c.text("Name") == name {
			for _, pair := range append(c.list("Environment"), c.list("Secrets")...) {
				p := resource(pair.(map[string]any))
				found[p.text("Name")] = p.text("Value") + p.text("ValueFrom")
			}
		}
	}
	return found
}

// statements are those of all policies of a resource, except who may take a role.
func (s stack) statements(id string) []resource {
	p := resource(s.resources()[id].object("Properties"))
	documents := []any{p["PolicyDocument"]}
	for _, policy := range p.list("Policies") {
		documents = append(documents, node(policy, "PolicyDocument"))
	}
	var all []resource
	for _, d := range documents {
		statements, _ := node(d, "Statement").([]any)
		for _, statement := range statements {
			all = append(all, statement.(map[string]any))
		}
	}
	return all
}
