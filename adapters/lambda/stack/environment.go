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

// secret is what somebody has put there, or what AWS has made up: letters and digits, as the template wants them.
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

// Names are all hosts that answer in the stack, with the logical ids of what answers there. What is not here is nobody's name.
func (s *Stack) Names() (map[string]string, error) {
	names := map[string]string{}
	ids, err := s.Resources("")
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		switch s.kind(id) {
		case "AWS::RDS::DBCluster":
			err = s.add(names, id, "Endpoint.Address")
		case "AWS::ElastiCache::ReplicationGroup":
			err = s.add(names, id, "PrimaryEndPoint.Address")
		case "AWS::Serverless::HttpApi":
			names[s.apiHost(id)] = id
		case "AWS::ECS::Service":
			err = s.registered(names, id)
		}
		if err != nil {
			return nil, err
		}
	}
	return names, nil
}

func (s *Stack) add(names map[string]string, id, attribute string) error {
	host, err := s.attribute(id, attribute)
	names[fmt.Sprint(host)] = id
	return err
}

// registered adds the name that Cloud Map gives the tasks of a service: that of its registry, in its namespace.
func (s *Stack) registered(names map[string]string, id string) error {
	p, err := s.Properties(id)
	if err != nil {
		return err
	}
	for _, item := range p.List("ServiceRegistries") {
		arn := item.(Object).Text("RegistryArn")
		services, err := s.Resources("AWS::ServiceDiscovery::Service")
		if err != nil {
			return err
		}
		for _, service := range services {
			registry, err := s.Properties(service)
			if err != nil {
				return err
			}
			if own, err := s.attribute(service, "Arn"); err != nil || own != arn {
				continue
			}
			namespaces, err := s.Resources("AWS::ServiceDiscovery::PrivateDnsNamespace")
			if err != nil {
				return err
			}
			for _, namespace := range namespaces {
				if ref, err := s.ref(namespace); err != nil || ref != registry.At("NamespaceId") {
					continue
				}
				domain, err := s.Properties(namespace)
				if err != nil {
					return err
				}
				names[registry.Text("Name")+"."+domain.Text("Name")] = id
			}
		}
	}
	return nil
}
