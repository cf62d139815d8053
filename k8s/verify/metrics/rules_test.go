package metrics

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

// component is the folder of the manifests.
const component = "../../components/monitoring"

// rules reads records and alerts as promtool check rules does, in the order in which prometheus.yml names them.
func rules(t *testing.T) []rulefmt.Rule {
	t.Helper()
	var all []rulefmt.Rule
	for _, file := range []string{"records.yml", "alerts.yml"} {
		groups, errs := rulefmt.ParseFile(filepath.Join(component, "stack/prometheus", file), false, model.UTF8Validation,
			parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for _, g := range groups.Groups {
			all = append(all, g.Rules...)
		}
	}
	return all
}

// everything is all that may be named: ours, others', and what rules record.
func everything(t *testing.T) map[string]series {
	t.Helper()
	known := ours(t)
	for name, s := range others() {
		known[name] = s
	}
	for _, rule := range rules(t) {
		if rule.Record == "" {
			continue
		}
		e, err := parse(rule.Expr)
		if err != nil {
			t.Fatal(err)
		}
		known[rule.Record] = series{labels: reader{known, func(string, ...any) {}}.labels(e)}
	}
	return known
}

var labelOfAlert = regexp.MustCompile(`\$labels\.(\w+)`)

func TestRulesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	known := everything(t)
	for _, rule := range rules(t) {
		e, err := parse(rule.Expr)
		if err != nil {
			t.Fatal(err)
		}
		name := rule.Alert + rule.Record
		r := reader{known, func(format string, args ...any) { t.Errorf(name+": "+format, args...) }}
		result := r.labels(e)
		for _, text := range rule.Annotations {
			for _, found := range labelOfAlert.FindAllStringSubmatch(text, -1) {
				r.has(result, "its result", found[1])
			}
		}
	}
}

// TestRunbooks: each alert has its section, each section its alert, and each says what to look at and what to do.
func TestRunbooks(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(component, "runbooks.md"))
	if err != nil {
		t.Fatal(err)
	}
	var alerts []string
	for _, rule := range rules(t) {
		if rule.Alert == "" {
			continue
		}
		alerts = append(alerts, rule.Alert)
		if s := rule.Labels["severity"]; s != "critical" && s != "warning" {
			t.Errorf("%s: severity %q", rule.Alert, s)
		}
		if rule.Annotations["summary"] == "" {
			t.Errorf("%s has no summary", rule.Alert)
		}
		const file = "https://github.com/gittix/ticketing/blob/main/k8s/components/monitoring/runbooks.md#"
		if url := rule.Annotations["runbook_url"]; url != file+strings.ToLower(rule.Alert) {
			t.Errorf("%s: its runbook is not %s", rule.Alert, url)
		}
	}
	var sections []string
	for section := range strings.SplitSeq("\n"+string(text), "\n## ") {
		name, body, _ := strings.Cut(section, "\n")
		if strings.HasPrefix(section, "\n# ") {
			continue // the title
		}
		sections = append(sections, name)
		for _, part := range []string{"**Means**", "**Look**", "**Do**"} {
			if !strings.Contains(body, part) {
				t.Errorf("the runbook of %s has no %s", name, part)
			}
		}
	}
	if !slices.Equal(sections, alerts) {
		t.Errorf("runbooks.md has %q,\nalerts.yml %q: not the same, or not in the same order", sections, alerts)
	}
}
