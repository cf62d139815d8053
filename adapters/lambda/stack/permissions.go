package stack

import (
	"fmt"
	"path"
	"slices"
)

// Allows reports whether the role of a function, by its logical id, lets it do something to a resource, by its ARN.
func (s *Stack) Allows(function, action, resource string) (bool, error) {
	f, err := s.Properties(function)
	if err != nil {
		return false, err
	}
	return s.RoleAllows(f.Text("Role"), action, resource)
}

// RoleAllows is Allows for a role, by its ARN.
func (s *Stack) RoleAllows(arn, action, resource string) (bool, error) {
	role, err := s.find("AWS::IAM::Role", arn, func(id string) (any, error) { return s.attribute(id, "Arn") })
	if err != nil {
		return false, err
	}
	for _, item := range role.List("Policies") {
		policy, _ := item.(Object)
		if allows(policy, nil, action, resource) {
			return true, nil
		}
	}
	return false, nil
}

// Fills reports whether a topic may send to a queue, both by their ARNs.
func (s *Stack) Fills(topic, queue string) (bool, error) {
	ids, err := s.Resources("AWS::SQS::QueuePolicy")
	if err != nil {
		return false, err
	}
	for _, id := range ids {
		policy, err := s.Properties(id)
		if err != nil {
			return false, err
		}
		from := func(statement Object) bool {
			return statement.Text("Principal", "Service") == "sns.amazonaws.com" && statement.At("Condition", "ArnEquals", "aws:SourceArn") == topic
		}
		if allows(policy, from, "sqs:SendMessage", queue) {
			return true, nil
		}
	}
	return false, nil
}

func allows(policy Object, fits func(statement Object) bool, action, resource string) bool {
	for _, item := range policy.List("PolicyDocument", "Statement") {
		statement, _ := item.(Object)
		if statement.Text("Effect") == "Allow" && (fits == nil || fits(statement)) && names(statement["Action"], action) && names(statement["Resource"], resource) {
			return true
		}
	}
	return false
}

// names reports whether a text, a pattern or a list of them names a value.
func names(said any, value string) bool {
	list, ok := said.([]any)
	if !ok {
		list = []any{said}
	}
	return slices.ContainsFunc(list, func(one any) bool {
		is, err := path.Match(fmt.Sprint(one), value)
		return err == nil && is
	})
}
