package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// schemas are made once and kept under .data, as everything is that can be made again.
func schemas(t *testing.T) *Schemas {
	t.Helper()
	s, err := OpenSchemas(t.Context(), Root+"/.data/schemas")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSchemasSeeWhatIsWrong(t *testing.T) {
	t.Parallel()
	s := schemas(t)
	for name, c := range map[string]struct{ object, complaint string }{
		"fine":            {"{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {ports: [{port: 80, targetPort: http}]}}", ""},
		"unknown field":   {"{apiVersion: v1, kind: Service, metadata: {name: a}, spec: {port: 80}}", "port"},
		"wrong type":      {"{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {replicas: '2'}}", "replicas"},
		"missing":         {"{apiVersion: apps/v1, kind: Deployment, metadata: {name: a}, spec: {selector: {}}}", "template"},
		"wrong metadata":  {"{apiVersion: v1, kind: Service, metadata: {name: a, label: {}}}", "label"},
		"old version":     {"{apiVersion: policy/v1beta1, kind: PodDisruptionBudget, metadata: {name: a}}", "schema"},
		"unknown kind":    {"{apiVersion: v1, kind: Servant, metadata: {name: a}}", "schema"},
		"Knative's":       {"{apiVersion: serving.knative.dev/v1, kind: Service, metadata: {name: a}, spec: {template: {spec: {containers: [{image: a, port: 1}]}}}}", "port"},
		"Gateway API's":   {"{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: a}, spec: {rules: [{matches: [{path: {type: Prefix, value: /}}]}]}}", "type"},
		"cert-manager's":  {"{apiVersion: cert-manager.io/v1, kind: Certificate, metadata: {name: a}, spec: {secretName: a}}", "issuerRef"},
		"CloudNativePG's": {"{apiVersion: postgresql.cnpg.io/v1, kind: Cluster, metadata: {name: a}, spec: {instances: 0}}", "instances"},
		"KEDA's":          {"{apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: a}, spec: {triggers: []}}", "scaleTargetRef"},
		"external":        {"{apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: a}, spec: {dataFrom: {}}}", "dataFrom"},
		"sealed":          {"{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, metadata: {name: a}, spec: {}}", "encryptedData"},
		"Prometheus's":    {"{apiVersion: monitoring.coreos.com/v1, kind: ServiceMonitor, metadata: {name: a}, spec: {endpoints: []}}", "selector"},
		"Trigger":         {"{apiVersion: eventing.knative.dev/v1, kind: Trigger, metadata: {name: a}, spec: {broker: a, filter: {attribute: {}}}}", "attribute"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cluster := &Cluster{}
			if err := cluster.add([]byte(c.object)); err != nil {
				t.Fatal(err)
			}
			err := s.Check(cluster.Objects[0])
			if c.complaint == "" && err != nil || c.complaint != "" && (err == nil || !strings.Contains(err.Error(), c.complaint)) {
				t.Errorf("want a complaint about %q, got %v", c.complaint, err)
			}
		})
	}
}

// TestSchemasCompile: the validator would take one that does not for one that is not there.
func TestSchemasCompile(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(schemas(t).dir, "*", "*.json"))
	if err != nil || len(files) < 150 {
		t.Fatalf("%d schemas, %v", len(files), err)
	}
	for _, name := range files {
		file, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		document, err := jsonschema.UnmarshalJSON(file)
		if err != nil {
			t.Fatal(err)
		}
		compiler := jsonschema.NewCompiler()
		compiler.DefaultDraft(jsonschema.Draft4)
		if err := compiler.AddResource(name, document); err != nil {
			t.Error(err)
		}
		if _, err := compiler.Compile(name); err != nil {
			t.Error(err)
		}
	}
}
