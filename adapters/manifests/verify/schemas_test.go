package verify

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// apis are the modules whose kinds the manifests use, and where in them their CustomResourceDefinitions are; in the
// first, the API server's description of itself.
var apis = [][2]string{
	{"k8s.io/kubernetes@v1.36.3", "api/openapi-spec/swagger.json"},
	{"knative.dev/serving@v0.50.0", "config/core/300-resources/*.yaml"},
	{"knative.dev/eventing@v0.50.0", "config/core/resources/*.yaml"},
	{"sigs.k8s.io/gateway-api@v1.4.1", "config/crd/standard/*.yaml"},
	{"github.com/cert-manager/cert-manager@v1.21.2", "deploy/crds/*.yaml"},
	{"github.com/cloudnative-pg/cloudnative-pg@v1.28.0", "config/crd/bases/*.yaml"},
	{"github.com/cloudnative-pg/plugin-barman-cloud@v0.15.0", "config/crd/bases/*.yaml"},
	{"github.com/kedacore/keda/v2@v2.21.0", "config/crd/bases/*.yaml"},
	{"github.com/prometheus-operator/prometheus-operator@v0.85.0", "example/prometheus-operator-crd/*.yaml"},
	{"github.com/external-secrets/external-secrets@v1.3.2", "config/crds/bases/*.yaml"},
}

type schema = map[string]any

// description has what is read of the API server's description, which is JSON, and of CustomResourceDefinitions.
type description struct {
	Definitions map[string]schema
	Spec        struct {
		Group    string
		Names    struct{ Kind string }
		Versions []struct {
			Name   string
			Schema struct {
				OpenAPI schema `yaml:"openAPIV3Schema"`
			}
		}
	}
}

// schemas makes the files that kubeconform looks for: <group>/<kind>-<version>.json.
func schemas(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, api := range apis {
		files, err := filepath.Glob(filepath.Join(module(t, api[0]), api[1]))
		if err != nil || len(files) == 0 {
			t.Fatalf("no %s: %v", api[1], err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for document := range strings.SplitSeq(string(text), "\n---\n") {
				var d description
				if err := yaml.Unmarshal([]byte(document), &d); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
				d.write(t, dir)
			}
		}
	}
	return dir
}

func (d description) write(t *testing.T, dir string) {
	t.Helper()
	reference := func(definition string) schema {
		return schema{"$ref": "../definitions.json#/definitions/" + definition}
	}
	for name, s := range d.Definitions {
		convert(s, true)
		if kinds, _ := s["x-kubernetes-group-version-kind"].([]any); len(kinds) == 1 {
			k := kinds[0].(schema)
			write(t, dir, k["group"].(string), k["kind"].(string)+"-"+k["version"].(string), reference(name))
		}
	}
	if d.Definitions != nil {
		d.Definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = schema{"type": []string{"string", "number"}}
		write(t, dir, ".", "definitions", schema{"definitions": d.Definitions})
	}
	for _, v := range d.Spec.Versions {
		s := v.Schema.OpenAPI
		properties := s["properties"].(schema)
		properties["apiVersion"], properties["kind"] = schema{}, schema{}
		properties["metadata"] = reference("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
		convert(s, true)
		write(t, dir, d.Spec.Group, d.Spec.Names.Kind+"-"+v.Name, s)
	}
}

func write(t *testing.T, dir, group, name string, s schema) {
	t.Helper()
	if group == "" {
		_, group, _ = strings.Cut(name, "-") // the version, as kubeconform has it
	}
	path := filepath.Join(dir, strings.ToLower(group), strings.ToLower(name)+".json")
	text, err := json.Marshal(s)
	if err := errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, text, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// convert turns OpenAPI into JSON Schema, in place. An object has no fields but those that are named, since the API
// server would drop others; below anyOf and its like it may, for those only add conditions.
func convert(s schema, closed bool) {
	for key, value := range s {
		inner := closed && key != "anyOf" && key != "oneOf" && key != "allOf" && key != "not"
		switch child := value.(type) {
		case schema:
			if key != "properties" {
				convert(child, inner)
				continue
			}
			for _, p := range child {
				convert(p.(schema), closed)
			}
		case []any:
			for _, c := range child {
				if c, ok := c.(schema); ok {
					convert(c, inner)
				}
			}
		}
	}
	if s["format"] == "int-or-string" || s["x-kubernetes-int-or-string"] == true {
		s["type"] = []any{"integer", "string"}
	}
	if s["nullable"] == true {
		delete(s, "type")
		delete(s, "enum")
	}
	if closed && s["properties"] != nil && s["additionalProperties"] == nil && s["x-kubernetes-preserve-unknown-fields"] != true {
		s["additionalProperties"] = false
	}
}
