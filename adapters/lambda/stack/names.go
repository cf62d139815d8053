package stack

import "fmt"

// Names are all hosts that answer in the stack, with the logical ids of what answers there. There are no others.
func (s *Stack) Names() (map[string]string, error) {
	names := map[string]string{}
	ids, err := s.Resources("")
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		var host any
		switch s.kind(id) {
		case "AWS::RDS::DBCluster":
			host, err = s.attribute(id, "Endpoint.Address")
		case "AWS::ElastiCache::ReplicationGroup":
			host, err = s.attribute(id, "PrimaryEndPoint.Address")
		case "AWS::Serverless::HttpApi":
			host = s.apiHost(id)
		case "AWS::ECS::Service":
			host, err = s.registered(id)
		}
		if err != nil {
			return nil, err
		}
		if host != nil && host != "" {
			names[fmt.Sprint(host)] = id
		}
	}
	return names, nil
}

// registered is the name that Cloud Map gives the tasks of a service: that of its registry, in its namespace. "": none.
func (s *Stack) registered(id string) (string, error) {
	p, err := s.Properties(id)
	if err != nil {
		return "", err
	}
	registries := p.List("ServiceRegistries")
	if len(registries) == 0 {
		return "", nil
	}
	entry, _ := registries[0].(Object)
	registry, err := s.find("AWS::ServiceDiscovery::Service", entry.At("RegistryArn"), func(id string) (any, error) { return s.attribute(id, "Arn") })
	if err != nil {
		return "", err
	}
	namespace, err := s.find("AWS::ServiceDiscovery::PrivateDnsNamespace", registry.At("NamespaceId"), s.ref)
	if err != nil {
		return "", err
	}
	return registry.Text("Name") + "." + namespace.Text("Name"), nil
}

// find returns the properties of the resource of a kind that is known as value.
func (s *Stack) find(kind string, value any, known func(id string) (any, error)) (Object, error) {
	ids, err := s.Resources(kind)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		own, err := known(id)
		if err != nil {
			return nil, err
		}
		if own == value {
			return s.Properties(id)
		}
	}
	return nil, fmt.Errorf("stack: no %s is known as %v", kind, value)
}
