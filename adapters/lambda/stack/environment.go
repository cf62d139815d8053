package stack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Environment is what a function is given, with its secrets.
func (s *Stack) Environment(function string) (map[string]string, error) {
	p, err := s.Properties(function)
	if err != nil {
		return nil, err
	}
	given := map[string]string{}
	for name := range p.Object("Environment", "Variables") {
		given[name] = s.Resolved(p.Text("Environment", "Variables", name))
	}
	return given, nil
}

// Container is what a container of a task is given, with its secrets.
// Errors: no such container; a secret that does not exist, or lacks a field.
func (s *Stack) Container(task, name string) (map[string]string, error) {
	p, err := s.Properties(task)
	if err != nil {
		return nil, err
	}
	for _, item := range p.List("ContainerDefinitions") {
		c, _ := item.(Object)
		if c.Text("Name") != name {
			continue
		}
		given := map[string]string{}
		for _, pair := range c.List("Environment") {
			v, _ := pair.(Object)
			given[v.Text("Name")] = s.Resolved(v.Text("Value"))
		}
		for _, pair := range c.List("Secrets") {
			v, _ := pair.(Object)
			if given[v.Text("Name")], err = s.taken(v.Text("ValueFrom")); err != nil {
				return nil, err
			}
		}
		return given, nil
	}
	return nil, fmt.Errorf("stack: %s has no container %s", task, name)
}

var dynamic = regexp.MustCompile(`\{\{resolve:secretsmanager:(arn:[^}]*)\}\}`)

// Resolved is a text in which dynamic references are replaced by secrets.
func (s *Stack) Resolved(text string) string {
	return dynamic.ReplaceAllStringFunc(text, func(found string) string { return s.secret(dynamic.FindStringSubmatch(found)[1]) })
}

// secret is what was put there, or what AWS has made up: letters and digits, as the template wants them.
func (s *Stack) secret(arn string) string {
	_, name, _ := strings.Cut(arn, ":secret:")
	id, _, _ := strings.Cut(name, "-")
	if value, put := s.Secrets[id]; put {
		return value
	}
	return "generated0for0" + opaque(arn, "a") + opaque(arn, "b") + opaque(arn, "c")
}

// taken is a secret as ECS gives it to a container: a whole one by its ARN, or one field of it, as ARN:field::.
func (s *Stack) taken(from string) (string, error) {
	ids, err := s.Resources("AWS::SecretsManager::Secret")
	if err != nil {
		return "", err
	}
	for _, id := range ids {
		arn, err := s.ref(id)
		if err != nil {
			return "", err
		}
		field, of := strings.CutPrefix(from, fmt.Sprint(arn))
		if !of {
			continue
		}
		p, err := s.Properties(id)
		if err != nil {
			return "", err
		}
		text := s.Resolved(p.Text("SecretString"))
		if field == "" && text == "" {
			return s.secret(fmt.Sprint(arn)), nil
		}
		fields := map[string]string{}
		if err := json.Unmarshal([]byte(text), &fields); err != nil {
			return "", fmt.Errorf("stack: secret %s: %w", id, err)
		}
		if value, ok := fields[strings.Trim(field, ":")]; ok {
			return value, nil
		}
		return "", fmt.Errorf("stack: secret %s has no field %s", id, field)
	}
	return "", fmt.Errorf("stack: no secret %s", from)
}
