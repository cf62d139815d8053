package verify

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/dispatcher"
	"github.com/gittix/ticketing/adapters/manifests"
	"github.com/gittix/ticketing/adapters/process"
	"github.com/gittix/ticketing/shared/function"
	"github.com/prometheus/client_golang/prometheus"
)

const monitoring = root + "/k8s/components/monitoring"

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(monitoring, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAlertsFire: Prometheus takes its configuration, and alerts_test.yml says when each alert fires.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	version := strings.Replace(promtool.version, "v0.3", "v3.", 1) // v0.313.5 is v3.13.5
	if !strings.Contains(read(t, "stack/prometheus.yaml"), "image: prom/prometheus:"+version+"\n") {
		t.Errorf("promtool is %s, and Prometheus is not", version)
	}
	for _, args := range [][]string{{"check", "config", "--syntax-only", "prometheus.yml"}, {"test", "rules", "alerts_test.yml"}} {
		args[len(args)-1] = monitoring + "/stack/prometheus/" + args[len(args)-1]
		if out, err := promtool.run(t, args...); err != nil {
			t.Error(out)
		}
	}
	tests, runbooks := read(t, "stack/prometheus/alerts_test.yml"), read(t, "runbooks.md")
	for _, found := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(read(t, "stack/prometheus/alerts.yml"), -1) {
		name := found[1]
		if fires := regexp.MustCompile(`"` + name + `",.* value: 1}`); !fires.MatchString(tests) || !strings.Contains(runbooks, "\n## "+name+"\n\n**Means**") {
			t.Errorf("%s has no test or no runbook", name)
		}
	}
}

// TestMetricsExist: rules and dashboards ask for metrics that the programs export.
func TestMetricsExist(t *testing.T) {
	t.Parallel()
	system, err := manifests.Load()
	if err != nil {
		t.Fatal(err)
	}
	var services []function.Service
	for _, s := range system.Services {
		services = append(services, s.Contents)
	}
	registry, _, err := process.NewMetrics(services...)
	if err != nil {
		t.Fatal(err)
	}
	descriptions := make(chan *prometheus.Desc)
	go func() {
		defer close(descriptions)
		registry.Describe(descriptions)
		dispatcher.Collector().Describe(descriptions)
		process.Connected(nil).Describe(descriptions)
		process.Store(nil).Describe(descriptions)
	}()
	exported := map[string]bool{}
	for d := range descriptions {
		_, name, _ := strings.Cut(d.String(), `fqName: "`)
		name, _, _ = strings.Cut(name, `"`)
		for _, series := range []string{"", "_bucket", "_count", "_sum"} { // a histogram has three
			exported[name+series] = true
		}
	}
	text := read(t, "stack/prometheus/records.yml")
	for _, found := range regexp.MustCompile(`record: (\S+)`).FindAllStringSubmatch(text, -1) {
		exported[found[1]] = true
	}
	for _, file := range []string{"prometheus/alerts.yml", "prometheus/alerts_test.yml", "dashboards/business.json", "dashboards/operations.json"} {
		text += read(t, "stack/"+file)
	}
	for _, name := range regexp.MustCompile(`\b(?:\w+:)?ticketing_\w+(?::\w+)?`).FindAllString(text, -1) {
		if !exported[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
}
