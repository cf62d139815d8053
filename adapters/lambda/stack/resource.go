package stack

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// Resources are the logical ids of what the stack has of a type; "": of any.
func (s *Stack) Resources(kind string) ([]string, error) {
	var ids []string
	for id := range s.template.Object("Resources") {
		r := s.template.Object("Resources", id)
		if kind != "" && r.Text("Type") != kind {
			continue
		}
		if name := r.Text("Condition"); name != "" {
			if holds, err := s.holds(name); err != nil || !holds {
				if err != nil {
					return nil, err
				}
				continue
			}
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, nil
}

// Properties are a resource's, resolved; of a function, those of Globals, too.
func (s *Stack) Properties(id string) (Object, error) {
	if err := s.exists(id); err != nil {
		return nil, err
	}
	own := s.template.Object("Resources", id, "Properties")
	if s.kind(id) == "AWS::Serverless::Function" {
		own = merged(s.template.Object("Globals", "Function"), own)
	}
	value, err := s.resolve(own)
	if err != nil {
		return nil, fmt.Errorf("stack: %s: %w", id, err)
	}
	properties, _ := value.(Object) // an object stays one
	return properties, nil
}

// Ref is what a resource is known as: a function's name, a topic's ARN.
func (s *Stack) Ref(id string) (string, error) {
	value, err := s.ref(id)
	return fmt.Sprint(value), err
}

// Type is a resource's.
func (s *Stack) Type(id string) string { return s.kind(id) }

// Output is the value of an output.
func (s *Stack) Output(name string) (any, error) {
	value := s.template.At("Outputs", name, "Value")
	if value == nil {
		return nil, fmt.Errorf("stack: no output %s", name)
	}
	return s.resolve(value)
}

// merged returns what SAM makes of Globals and a function's own properties: objects are joined, lists are appended.
func merged(global, own Object) Object {
	all := Object{}
	for key, value := range global {
		all[key] = value
	}
	for key, value := range own {
		switch v := value.(type) {
		case Object:
			value = merged(all.Object(key), v)
		case []any:
			value = append(slices.Clone(all.List(key)), v...)
		}
		all[key] = value
	}
	return all
}

func (s *Stack) kind(id string) string { return s.template.Text("Resources", id, "Type") }

// exists returns an error for a resource that the stack does not have.
func (s *Stack) exists(id string) error {
	r := s.template.Object("Resources", id)
	if r == nil {
		return fmt.Errorf("stack: no resource %s", id)
	}
	if name := r.Text("Condition"); name != "" {
		if holds, err := s.holds(name); err != nil || !holds {
			return fmt.Errorf("stack: %s is not in this stack (%s is false): %w", id, name, err)
		}
	}
	return nil
}

func (s *Stack) ref(name string) (any, error) {
	switch name {
	case "AWS::StackName":
		return s.Name, nil
	case "AWS::Region":
		return Region, nil
	case "AWS::AccountId":
		return Account, nil
	case "AWS::Partition":
		return "aws", nil
	case "AWS::URLSuffix":
		return "amazonaws.com", nil
	case "AWS::NoValue":
		return nothing{}, nil
	}
	if value, ok := s.Parameters[name]; ok {
		return value, nil
	}
	if err := s.exists(name); err != nil {
		return nil, err
	}
	switch kind := s.kind(name); kind {
	case "AWS::Serverless::Function":
		return s.named(name, "FunctionName")
	case "AWS::Serverless::HttpApi":
		return opaque(name, "api"), nil
	default:
		known, ok := s.registry[kind]
		if !ok {
			return nil, fmt.Errorf("stack: Ref of a %s is not known; `make aws-registry`", kind)
		}
		return s.named(name, known.Identifier[0])
	}
}

// named returns what identifies a resource: the property of that name if the template gives it, and else what AWS makes up.
func (s *Stack) named(id, property string) (any, error) {
	if given := s.template.At("Resources", id, "Properties", property); given != nil {
		return s.resolve(given)
	}
	return s.made(id, property), nil
}

// made is a value that AWS makes up, and that cannot be guessed: an id that says what it is of.
func (s *Stack) made(id, attribute string) string {
	kind := s.kind(id)
	service, of, _ := strings.Cut(strings.TrimPrefix(kind, "AWS::"), "::")
	switch {
	case kind == "AWS::SecretsManager::Secret":
		return fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:%s-%s", Region, Account, id, opaque(id, "secret"))
	case kind == "AWS::ServiceDiscovery::PrivateDnsNamespace" && attribute == "Id":
		return "ns-" + opaque(id, attribute)
	case kind == "AWS::EC2::EIP" && attribute == "PublicIp":
		return fmt.Sprintf("203.0.113.%d", len(id))
	case strings.HasSuffix(attribute, "Arn"):
		return fmt.Sprintf("arn:aws:%s:%s:%s:%s", strings.ToLower(service), Region, Account, opaque(id, attribute))
	}
	return strings.ToLower(of) + "-" + opaque(id, attribute)
}

// attribute is what GetAtt returns.
func (s *Stack) attribute(id, attribute string) (any, error) {
	if err := s.exists(id); err != nil {
		return nil, err
	}
	switch kind := s.kind(id); kind {
	case "AWS::Serverless::Function":
		name, err := s.ref(id)
		return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%v", Region, Account, name), err
	case "AWS::Serverless::HttpApi":
		return "https://" + s.apiHost(id), nil
	case "Custom::Migrations":
		value, known := s.Attributes[attribute]
		if s.Attributes == nil {
			return opaque(id, attribute), nil
		}
		if !known {
			return nil, fmt.Errorf("stack: %s has no attribute %s", id, attribute)
		}
		return value, nil
	case "AWS::RDS::DBCluster":
		if attribute == "Endpoint.Address" {
			return opaque(id, "cluster") + ".cluster-" + opaque(id, "zone") + "." + Region + ".rds.amazonaws.com", nil
		}
	case "AWS::ElastiCache::ReplicationGroup":
		if attribute == "PrimaryEndPoint.Address" {
			return "master." + opaque(id, "group") + ".euc1.cache.amazonaws.com", nil
		}
	}
	if !slices.Contains(s.registry[s.kind(id)].Attributes, attribute) {
		return nil, fmt.Errorf("stack: a %s has no attribute %s", s.kind(id), attribute)
	}
	return s.made(id, attribute), nil
}

func (s *Stack) apiHost(id string) string {
	return opaque(id, "api") + ".execute-api." + Region + ".amazonaws.com"
}

// opaque is the same for the same resource, and tells nothing.
func opaque(id, salt string) string {
	h := fnv.New64a()
	_, _ = h.Write([]byte(id + "/" + salt)) // which never fails
	return fmt.Sprintf("%010x", h.Sum64())[:10]
}
