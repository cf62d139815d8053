package verify

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// schema is one of OpenAPI (version 2 or 3, the same here) or, once converted, of JSON Schema draft 4.
type schema map[string]any

const (
	objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
	preserve   = "x-kubernetes-preserve-unknown-fields"
)

// loose are definitions whose form in JSON is another than the one they say.
var loose = map[string]schema{
	"io.k8s.apimachinery.pkg.api.resource.Quantity":                                         {"type": []any{"string", "number"}},
	"io.k8s.apimachinery.pkg.util.intstr.IntOrString":                                       {"type": []any{"string", "integer"}},
	"io.k8s.apimachinery.pkg.runtime.RawExtension":                                          {"type": "object"},
	"io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1":                                         {"type": "object"},
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON":                         {},
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray":       {},
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool":        {},
	"io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray": {},
}

// kind is how an API names what it holds.
type kind struct{ Group, Version, Kind string }

// file is where the schema of a kind lies, without ".json".
func (k kind) file() string {
	group := k.Group
	if group == "" {
		group = k.Version // as the validator has it
	}
	return strings.ToLower(group + "/" + k.Kind + "-" + k.Version)
}

func (k kind) apiVersion() string { return strings.TrimPrefix(k.Group+"/"+k.Version, "/") }

// kubernetesSchemas converts the API server's description of itself: a schema for each kind that may be applied, and all
// definitions.
func kubernetesSchemas(text []byte) (made, definitions map[string]schema, err error) {
	var description struct{ Definitions map[string]schema }
	if err := json.Unmarshal(text, &description); err != nil {
		return nil, nil, err
	}
	definitions, made = map[string]schema{}, map[string]schema{}
	for name, d := range description.Definitions {
		if definitions[name] = loose[name]; loose[name] == nil {
			definitions[name] = convert(d, true)
		}
	}
	for name, d := range description.Definitions {
		var kinds []kind
		if err := remarshal(d["x-kubernetes-group-version-kind"], &kinds); err != nil {
			return nil, nil, err
		}
		properties, _ := d["properties"].(map[string]any)
		if len(kinds) != 1 || properties["metadata"] == nil || strings.HasSuffix(name, "List") {
			continue // a part, an option or a list
		}
		made[kinds[0].file()] = withDefinitions(kinds[0].root(definitions[name]), definitions)
	}
	return made, definitions, nil
}

// resourceSchemas converts the versions of CustomResourceDefinitions.
func resourceSchemas(text []byte, definitions map[string]schema) (map[string]schema, error) {
	made := map[string]schema{}
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		var crd struct {
			Kind string
			Spec struct {
				Group    string
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct{ OpenAPIV3Schema schema }
				}
			}
		}
		if err := yaml.Unmarshal([]byte(document), &crd); err != nil {
			return nil, err
		}
		for _, v := range crd.Spec.Versions {
			k := kind{crd.Spec.Group, v.Name, crd.Spec.Names.Kind}
			root := k.root(convert(v.Schema.OpenAPIV3Schema, true))
			root["properties"].(schema)["metadata"] = schema{"$ref": "#/definitions/" + objectMeta}
			made[k.file()] = withDefinitions(root, definitions)
		}
	}
	return made, nil
}

// root is the schema of a whole object.
func (k kind) root(s schema) schema {
	root, properties := maps.Clone(s), schema{}
	if p, ok := s["properties"].(schema); ok {
		properties = maps.Clone(p)
	}
	properties["apiVersion"], properties["kind"] = schema{"enum": []any{k.apiVersion()}}, schema{"enum": []any{k.Kind}}
	root["properties"] = properties
	required, _ := root["required"].([]any)
	root["required"] = append(slices.DeleteFunc(slices.Clone(required), func(name any) bool {
		return name == "apiVersion" || name == "kind" || name == "metadata"
	}), "apiVersion", "kind", "metadata")
	return root
}

// withDefinitions adds the definitions that a schema needs.
func withDefinitions(root schema, definitions map[string]schema) schema {
	needed := schema{}
	var add func(value any)
	add = func(value any) {
		switch v := value.(type) {
		case schema:
			if to, ok := v["$ref"].(string); ok {
				name := strings.TrimPrefix(to, "#/definitions/")
				if _, known := needed[name]; !known {
					needed[name] = definitions[name]
					add(definitions[name])
				}
			}
			for _, child := range v {
				add(child)
			}
		case []any:
			for _, child := range v {
				add(child)
			}
		}
	}
	add(root)
	root["definitions"] = needed
	return root
}

// convert turns OpenAPI into JSON Schema. If strict, an object has no fields but those that are named: the API
// server would drop the others. Below anyOf and its like it is not, for those only add conditions.
func convert(in schema, strict bool) schema {
	out := schema{}
	for key, value := range in {
		switch key {
		case "$ref", "type", "format", "enum", "required", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
			"minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "multipleOf":
			out[key] = value
		case "properties":
			properties := schema{}
			for name, p := range value.(map[string]any) {
				properties[name] = convert(p.(map[string]any), strict)
			}
			out[key] = properties
		case "items", "additionalProperties", "not":
			out[key] = value
			if s, ok := value.(map[string]any); ok {
				out[key] = convert(s, strict && key != "not")
			}
		case "anyOf", "oneOf", "allOf":
			var list []any
			for _, s := range value.([]any) {
				list = append(list, convert(s.(map[string]any), false))
			}
			out[key] = list
		}
	}
	if in["x-kubernetes-int-or-string"] == true {
		out["type"] = []any{"integer", "string"}
	}
	if t, ok := out["type"].(string); ok && in["nullable"] == true {
		out["type"] = []any{t, "null"}
		if values, ok := out["enum"].([]any); ok {
			out["enum"] = append(slices.Clone(values), nil)
		}
	}
	if strict && out["type"] == "object" && out["additionalProperties"] == nil && in[preserve] != true {
		out["additionalProperties"] = false
	}
	return out
}

func remarshal(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, to)
}
