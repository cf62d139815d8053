package stack_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/lambda/stack"
)

const head = `
Parameters:
  Size: {Type: String, AllowedValues: [small, large]}
  Days: {Type: Number, Default: 7}
Conditions:
  Large: !Equals [!Ref Size, large]
Mappings: {Size: {small: {Nodes: 1}, large: {Nodes: 2}}}
Globals: {Function: {Timeout: 20, Environment: {Variables: {LOG_LEVEL: INFO}}}}
Resources:
  Names: {Type: AWS::ServiceDiscovery::PrivateDnsNamespace, Properties: {Name: !Sub '${AWS::StackName}.internal'}}
  Log: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: /orders}}
  Password: {Type: AWS::SecretsManager::Secret}
  Second: {Type: AWS::SNS::Topic, Condition: Large}
  Do:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-do
      Timeout: !If [Large, 5, !Ref AWS::NoValue]
      Environment: {Variables: {VALUE: `

func read(t *testing.T, value string, parameters map[string]string) (*stack.Stack, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(path, []byte(head+value+"}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return stack.Read(path, "shop", parameters)
}

// TestValues: references are what CloudFormation makes of them.
func TestValues(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"!Ref Names":                                    "ns-",
		"!Sub 'nats.${Names}'":                          "nats.ns-", // no name that answers
		"!Ref Log":                                      "/orders",
		"!Sub '${!Kept} ${AWS::Region}'":                "${Kept} eu-central-1",
		"!Sub ['${A}-${Days}', {A: !Ref Size}]":         "small-7",
		"!FindInMap [Size, !Ref Size, Nodes]":           "1",
		"!Join [',', [a, !Select [1, !GetAZs '']]]":     "a,eu-central-1b",
		"!Select [2, !Cidr [10.0.0.0/16, 6, 10]]":       "10.0.8.0/22",
		"!Sub '{{resolve:secretsmanager:${Password}}}'": "generated0",
	} {
		s, err := read(t, value, map[string]string{"Size": "small"})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Environment("Do")
		if err != nil || !strings.HasPrefix(got["VALUE"], want) || got["LOG_LEVEL"] != "INFO" {
			t.Errorf("%s: %v, %v", value, got, err)
		}
	}
}

// TestMistakes: what a deploy refuses is an error.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"!Ref Nobody":                         "no resource Nobody",
		"!Ref Second":                         "not in this stack",
		"!GetAtt Names.Name":                  "has no attribute Name",
		"!FindInMap [Size, !Ref Size, Cores]": "FindInMap",
		"!If [Small, a, b]":                   "no condition Small",
	} {
		s, err := read(t, value, map[string]string{"Size": "small"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = s.Environment("Do"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", value, err)
		}
	}
	for want, parameters := range map[string]map[string]string{
		"must have a value": {}, "may not be": {"Size": "huge"}, "no parameter": {"Size": "small", "Hue": "red"},
	} {
		if _, err := read(t, "x", parameters); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", parameters, err)
		}
	}
}
