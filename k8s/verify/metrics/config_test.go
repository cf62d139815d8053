package metrics

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/relabel"
	"go.yaml.in/yaml/v3"
)

// prometheusFile has the fields of prometheus.yml that are used. Prometheus' own package for it would bring the
// libraries of three clouds along.
type prometheusFile struct {
	Global    any
	Alerting  any
	RuleFiles []string `yaml:"rule_files"`
	Jobs      []job    `yaml:"scrape_configs"`
}

// job is a scrape_config.
type job struct {
	Name          string `yaml:"job_name"`
	Scheme        string
	Path          string            `yaml:"metrics_path"`
	Honor         bool              `yaml:"honor_labels"`
	Limit         int               `yaml:"sample_limit"`
	Authorization map[string]string `yaml:"authorization"`
	TLS           map[string]bool   `yaml:"tls_config"`
	Static        []struct {
		Targets []string
		Labels  map[string]string
	} `yaml:"static_configs"`
	Kubernetes []struct {
		Role       string
		Namespaces map[string][]string
	} `yaml:"kubernetes_sd_configs"`
	Relabel []*relabel.Config `yaml:"relabel_configs"`
	Metrics []*relabel.Config `yaml:"metric_relabel_configs"`
}

func jobs(t *testing.T) map[string]job {
	t.Helper()
	text, err := os.ReadFile(component + "/stack/prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file prometheusFile
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	if err := strict.Decode(&file); err != nil {
		t.Fatal(err)
	}
	if want := []string{"/etc/prometheus/records.yml", "/etc/prometheus/alerts.yml"}; !slices.Equal(file.RuleFiles, want) {
		t.Errorf("its rule files are %v", file.RuleFiles)
	}
	found := map[string]job{}
	for _, j := range file.Jobs {
		for _, r := range slices.Concat(j.Relabel, j.Metrics) {
			if err := r.Validate(model.UTF8Validation); err != nil {
				t.Fatalf("%s: %v", j.Name, err)
			}
		}
		found[j.Name] = j
	}
	return found
}

// TestDiscovery: which of a pod's ports is scraped, as what.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	const pod = "__meta_kubernetes_pod_"
	deployed := map[string]string{"__address__": "10.0.0.1:9090", pod + "ip": "10.0.0.1", pod + "name": "orders-1", pod + "phase": "Running",
		pod + "container_port_name": "metrics", pod + "label_app_kubernetes_io_name": "orders"}
	knative := map[string]string{"__address__": "10.0.0.1:8080", pod + "ip": "10.0.0.1", pod + "name": "orders-00001-1", pod + "phase": "Running",
		pod + "container_port_name": "user-port", pod + "label_serving_knative_dev_service": "orders"}
	for _, c := range []struct {
		name, job string
		pod       map[string]string
		but       map[string]string
		want      string // "": not scraped
	}{
		{"its port metrics", "ticketing", deployed, nil, "10.0.0.1:9090"},
		{"not its port http", "ticketing", deployed, map[string]string{pod + "container_port_name": "http"}, ""},
		{"not when it is over", "ticketing", deployed, map[string]string{pod + "phase": "Succeeded"}, ""},
		{"Knative's function", "knative", knative, nil, "10.0.0.1:9095"},
		{"not Knative's proxy", "knative", knative, map[string]string{pod + "container_port_name": "http-autometric"}, ""},
		{"a deployment is not Knative's", "knative", deployed, nil, ""},
		{"Knative's is no deployment", "ticketing", knative, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := labels.NewBuilder(labels.FromMap(c.pod))
			for name, value := range c.but {
				b.Set(name, value)
			}
			keep := relabel.ProcessBuilder(b, jobs(t)[c.job].Relabel...)
			if keep != (c.want != "") {
				t.Fatalf("kept: %v", keep)
			}
			got := b.Labels()
			if keep && (got.Get("__address__") != c.want || got.Get("app") != "orders" || got.Get("pod") == "") {
				t.Errorf("scraped as %s", got)
			}
			if got.Has("service") {
				t.Error("it takes the label of the metrics away")
			}
		})
	}
}

// TestAlertmanager: each route leads to a receiver that exists, and by default to nobody.
func TestAlertmanager(t *testing.T) {
	t.Parallel()
	type route struct {
		Receiver string
		Routes   []route
	}
	var file struct {
		Route     route
		Receivers []map[string]yaml.Node
	}
	read(t, "stack/alertmanager/alertmanager.yml", &file)
	if file.Route.Receiver != "nobody" || len(file.Route.Routes) != 0 {
		t.Errorf("the default tells %q", file.Route.Receiver)
	}
	if len(file.Receivers) != 1 || len(file.Receivers[0]) != 1 || file.Receivers[0]["name"].Value != file.Route.Receiver {
		t.Errorf("%d receivers", len(file.Receivers))
	}
}

// TestVersions: the Prometheus that these tests ask is the one that runs.
func TestVersions(t *testing.T) {
	t.Parallel()
	var module string
	text, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if _, version, ok := strings.Cut(line, "github.com/prometheus/prometheus v0."); ok {
			major, rest := version[:1], version[1:] // v0.313.5 is v3.13.5
			module = "v" + major + "." + strings.TrimSpace(rest)
		}
	}
	manifest, err := os.ReadFile(component + "/stack/prometheus.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(manifest), "image: prom/prometheus:"+module+"\n") {
		t.Errorf("go.mod has %s, prometheus.yaml another", module)
	}
}
