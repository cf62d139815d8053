package adapters_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestAlarmsOnAWS: the README of Lambda says of each alert of Prometheus which alarms stand for it on AWS, or why none does;
// and of each alarm what it stands for.
func TestAlarmsOnAWS(t *testing.T) {
	t.Parallel()
	alerts, errAlerts := os.ReadFile(filepath.Join(root, "k8s/components/monitoring/stack/prometheus/alerts.yml"))
	readme, errReadme := os.ReadFile("lambda/README.md")
	if err := errors.Join(errAlerts, errReadme); err != nil {
		t.Fatal(err)
	}
	alarms := map[string]bool{}
	for id := range readTemplate(t).object("Resources") {
		if strings.HasSuffix(id, "Alarm") {
			alarms[id] = false
		}
	}
	told := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|$`).FindAllStringSubmatch(string(readme), -1) {
		named := regexp.MustCompile(`\w+Alarm\b`).FindAllString(row[2], -1)
		for _, name := range named {
			known := false
			for id := range alarms { // OutboxAgeAlarm is one of each service
				if strings.HasSuffix(id, name) {
					known, alarms[id] = true, true
				}
			}
			if !known {
				t.Errorf("there is no %s", name)
			}
		}
		for _, alert := range strings.Split(strings.TrimSpace(row[1]), ", ") {
			told[alert] = len(named) > 0 || strings.TrimSpace(row[3]) != ""
		}
	}
	for _, alert := range regexp.MustCompile(`- alert: (\w+)`).FindAllStringSubmatch(string(alerts), -1) {
		if !told[alert[1]] {
			t.Errorf("nothing is said of what stands for %s on AWS", alert[1])
		}
	}
	for id, said := range alarms {
		if !said {
			t.Errorf("nothing is said of what %s is for", id)
		}
	}
}

// TestAlarmsHaveMetrics: what the template's filters look for in logs is what the code writes, and each alarm on a metric of ours has one.
func TestAlarmsHaveMetrics(t *testing.T) {
	t.Parallel()
	template := readTemplate(t)
	var code []byte
	for path, source := range sources(t, ".go") {
		if !strings.HasSuffix(path, "_test.go") {
			code = append(code, source...)
		}
	}
	var metrics []string
	for id := range template.object("Resources") {
		if template.text("Resources", id, "Type") != "AWS::Logs::MetricFilter" {
			continue
		}
		filter := template.properties(id)
		for _, word := range regexp.MustCompile(`\$\.(?:msg|event|function) = ("[^"]+")`).FindAllStringSubmatch(filter.text("FilterPattern"), -1) {
			if !bytes.Contains(code, []byte(word[1])) {
				t.Errorf("%s: no code writes %s", id, word[1])
			}
		}
		for _, m := range filter.list("MetricTransformations") {
			metrics = append(metrics, m.(object).text("MetricName"))
		}
	}
	for id := range template.object("Resources") {
		alarm := template.properties(id)
		if name := alarm.text("MetricName"); alarm.text("Namespace") == "AWS::StackName" && !strings.HasPrefix(name, "ticketing_") && !slices.Contains(metrics, name) {
			t.Errorf("%s watches %s, which nothing writes", id, name)
		}
	}
}
