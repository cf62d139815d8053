package stack

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// nothing is what AWS::NoValue leaves of a property.
type nothing struct{}

// resolve returns a value in which no intrinsic function is left.
func (s *Stack) resolve(value any) (any, error) {
	switch v := value.(type) {
	case Object:
		if len(v) == 1 {
			for name, argument := range v {
				if name == "Ref" || name == "Condition" && isText(argument) || strings.HasPrefix(name, "Fn::") {
					return s.call(name, argument)
				}
			}
		}
		o := Object{}
		for key, item := range v {
			r, err := s.resolve(item)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			if r != (nothing{}) {
				o[key] = r
			}
		}
		return o, nil
	case []any:
		list := []any{}
		for _, item := range v {
			r, err := s.resolve(item)
			if err != nil {
				return nil, err
			}
			if r != (nothing{}) {
				list = append(list, r)
			}
		}
		return list, nil
	}
	return value, nil
}

func isText(v any) bool { _, ok := v.(string); return ok }

// call runs an intrinsic function.
func (s *Stack) call(name string, argument any) (any, error) {
	switch name {
	case "Ref":
		return s.ref(fmt.Sprint(argument))
	case "Condition":
		return s.holds(fmt.Sprint(argument))
	case "Fn::If": // the branch that is not taken is not looked at
		branches, _ := argument.([]any)
		if len(branches) != 3 {
			return nil, fmt.Errorf("stack: If of %v", argument)
		}
		holds, err := s.holds(fmt.Sprint(branches[0]))
		if err != nil {
			return nil, err
		}
		if holds {
			return s.resolve(branches[1])
		}
		return s.resolve(branches[2])
	case "Fn::Sub":
		if list, ok := argument.([]any); ok && len(list) == 2 {
			names, _ := list[1].(Object)
			return s.sub(fmt.Sprint(list[0]), names)
		}
		return s.sub(fmt.Sprint(argument), nil)
	case "Fn::GetAZs":
		return []any{Region + "a", Region + "b", Region + "c"}, nil
	}
	resolved, err := s.resolve(argument)
	if err != nil {
		return nil, err
	}
	list, _ := resolved.([]any)
	text := func(i int) string { return fmt.Sprint(list[i]) }
	switch {
	case name == "Fn::GetAtt" && len(list) == 2:
		return s.attribute(text(0), text(1))
	case name == "Fn::FindInMap" && len(list) == 3:
		if v := s.template.At("Mappings", text(0), text(1), text(2)); v != nil {
			return v, nil
		}
	case name == "Fn::Equals" && len(list) == 2:
		return text(0) == text(1), nil
	case name == "Fn::Not" && len(list) == 1:
		return list[0] != true, nil
	case name == "Fn::And":
		return !slices.ContainsFunc(list, func(v any) bool { return v != true }), nil
	case name == "Fn::Or":
		return slices.Contains(list, any(true)), nil
	case name == "Fn::Join" && len(list) == 2:
		parts, _ := list[1].([]any)
		texts := make([]string, len(parts))
		for i, p := range parts {
			texts[i] = fmt.Sprint(p)
		}
		return strings.Join(texts, text(0)), nil
	case name == "Fn::Select" && len(list) == 2:
		i, err := strconv.Atoi(text(0))
		of, _ := list[1].([]any)
		if err == nil && i >= 0 && i < len(of) {
			return of[i], nil
		}
	case name == "Fn::Cidr" && len(list) == 3:
		return cidr(text(0), text(1), text(2))
	}
	return nil, fmt.Errorf("stack: %s of %v", name, resolved)
}

// holds evaluates a condition.
func (s *Stack) holds(name string) (bool, error) {
	condition := s.template.At("Conditions", name)
	if condition == nil {
		return false, fmt.Errorf("stack: no condition %s", name)
	}
	holds, err := s.resolve(condition)
	return holds == true, err
}

var references = regexp.MustCompile(`\$\{([^}]+)\}`)

// sub replaces ${Name} and ${Resource.Attribute} in a text; ${!X} stands for ${X} itself.
func (s *Stack) sub(text string, names Object) (result string, err error) {
	result = references.ReplaceAllStringFunc(text, func(found string) string {
		name := found[2 : len(found)-1]
		if literal, is := strings.CutPrefix(name, "!"); is {
			return "${" + literal + "}"
		}
		var value any
		var failed error
		id, attribute, dotted := strings.Cut(name, ".")
		switch own, given := names[name]; {
		case given:
			value, failed = s.resolve(own)
		case dotted:
			value, failed = s.attribute(id, attribute)
		default:
			value, failed = s.ref(name)
		}
		if failed != nil && err == nil {
			err = failed
		}
		return fmt.Sprint(value)
	})
	return result, err
}

// cidr cuts a network into count networks with so many bits for hosts.
func cidr(network, count, bits string) (any, error) {
	prefix, err := netip.ParsePrefix(network)
	n, wrong := strconv.Atoi(count)
	b, bad := strconv.Atoi(bits)
	if err != nil || wrong != nil || bad != nil || !prefix.Addr().Is4() {
		return nil, fmt.Errorf("stack: Cidr of %s, %s, %s", network, count, bits)
	}
	a := prefix.Addr().As4()
	base := uint32(a[0])<<24 | uint32(a[1])<<16 | uint32(a[2])<<8 | uint32(a[3])
	var list []any
	for i := range n {
		at := base + uint32(i)<<b
		list = append(list, fmt.Sprintf("%d.%d.%d.%d/%d", at>>24, at>>16&255, at>>8&255, at&255, 32-b))
	}
	return list, nil
}
