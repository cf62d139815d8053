package metrics

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// variables are Grafana's, with what they might be.
var variables = strings.NewReplacer("$__rate_interval", "1m", "$__range", "6h", "$service", ".*")

type dashboard struct {
	UID    string
	Title  string
	Panels []struct {
		ID          int
		Type, Title string
		Datasource  struct{ UID string }
		GridPos     struct{ X, Y, W, H int }
		FieldConfig struct{ Defaults struct{ Unit string } }
		Targets     []struct{ RefID, Expr, LegendFormat string }
	}
	Templating struct {
		List []struct {
			Name, Query string
			Datasource  struct{ UID string }
		}
	}
}

// dashboards reads what kustomize gives to Grafana, by file.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(component, "stack/dashboards/*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d dashboards, %v", len(files), err)
	}
	found := map[string]dashboard{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var d dashboard
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		found[filepath.Base(file)] = d
	}
	return found
}

func datasources(t *testing.T) []string {
	t.Helper()
	var file struct {
		Datasources []struct{ UID string }
	}
	read(t, "stack/grafana/datasources.yml", &file)
	var uids []string
	for _, d := range file.Datasources {
		uids = append(uids, d.UID)
	}
	return uids
}

// read reads a YAML file of the component.
func read(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(component, file))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

var (
	legendLabel = regexp.MustCompile(`\{\{(\w+)\}\}`)
	labelValues = regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`)
)

func TestDashboardsNameWhatThereIs(t *testing.T) {
	t.Parallel()
	known := everything(t)
	for file, d := range dashboards(t) {
		for _, p := range d.Panels {
			r := reader{known, func(format string, args ...any) { t.Errorf(file+", "+p.Title+": "+format, args...) }}
			for _, target := range p.Targets {
				e, err := parse(target.Expr)
				if err != nil {
					t.Errorf("%s, %s: %v", file, p.Title, err)
					continue
				}
				result := r.labels(e)
				for _, found := range legendLabel.FindAllStringSubmatch(target.LegendFormat, -1) {
					r.has(result, "its result", found[1])
				}
			}
		}
		for _, v := range d.Templating.List {
			parts := labelValues.FindStringSubmatch(v.Query)
			if parts == nil || !slices.Contains(known[parts[1]].labels, parts[2]) {
				t.Errorf("%s: variable %s asks for %q", file, v.Name, v.Query)
			}
		}
	}
}

func TestDashboardsAreWhole(t *testing.T) {
	t.Parallel()
	sources, boards := datasources(t), map[string]bool{}
	for file, d := range dashboards(t) {
		if d.UID == "" || d.Title == "" || boards[d.UID] {
			t.Errorf("%s: uid %q, title %q: empty, or another's", file, d.UID, d.Title)
		}
		boards[d.UID] = true
		for _, v := range d.Templating.List {
			if !slices.Contains(sources, v.Datasource.UID) {
				t.Errorf("%s: variable %s is of datasource %q", file, v.Name, v.Datasource.UID)
			}
		}
		ids, cells := map[int]bool{}, map[[2]int]string{}
		for _, p := range d.Panels {
			if p.ID == 0 || ids[p.ID] || p.Title == "" {
				t.Errorf("%s: panel %d %q: no id, not the only one of its id, or no title", file, p.ID, p.Title)
			}
			ids[p.ID] = true
			for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
				for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
					if other := cells[[2]int{x, y}]; other != "" || x >= 24 {
						t.Fatalf("%s: %s lies on %q or beyond the edge", file, p.Title, other)
					}
					cells[[2]int{x, y}] = p.Title
				}
			}
			if p.Type == "row" {
				continue
			}
			if !slices.Contains(sources, p.Datasource.UID) || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
				t.Errorf("%s: %s has datasource %q, unit %q, %d targets", file, p.Title, p.Datasource.UID, p.FieldConfig.Defaults.Unit, len(p.Targets))
			}
			refs := map[string]bool{}
			for _, target := range p.Targets {
				if target.RefID == "" || refs[target.RefID] {
					t.Errorf("%s: %s asks twice as %q", file, p.Title, target.RefID)
				}
				refs[target.RefID] = true
			}
		}
	}
}
