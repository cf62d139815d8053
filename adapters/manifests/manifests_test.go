package manifests

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// TestCommitted: what is committed is what `make generate` writes.
func TestCommitted(t *testing.T) {
	t.Parallel()
	if err := Check("../.."); err != nil {
		t.Errorf("run make generate: %v", err)
	}
}

func TestReplacePart(t *testing.T) {
	t.Parallel()
	const before = "kept\n  # generated: one (make generate)\n  old\n  # end of generated\n<!-- generated: two (make generate) -->\n<!-- end of generated -->\nkept\n"
	const after = "kept\n  # generated: one (make generate)\n  new\n  # end of generated\n<!-- generated: two (make generate) -->\nmore\n<!-- end of generated -->\nkept\n"
	text, err := replacePart([]byte(before), "one", []byte("  new\n"))
	if err == nil {
		text, err = replacePart(text, "two", []byte("more\n"))
	}
	if err != nil || string(text) != after {
		t.Errorf("%v\n%s", err, text)
	}
	for _, bad := range []string{"", "# generated: one (make generate)\n", "# generated: another (make generate)\n# end of generated\n"} {
		if _, err := replacePart([]byte(bad), "one", nil); err == nil {
			t.Errorf("replaced something in %q", bad)
		}
	}
}

func TestHeader(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{"a.yaml": "# Code", "b.go": "// Code", "c.md": "<!-- Code", "Makefile": "# Code", "d.json": ""} {
		if got := header(path); !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%s: %q", path, got)
		}
	}
}

// TestCheckShowsWhatDiffers: a change by hand is shown, and undone by write; what is outside of the markers stays.
func TestCheckShowsWhatDiffers(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	outputs := []Output{
		{Path: "new/list.txt", Text: []byte("one\n")},
		{Path: "page.md", Part: "table", Template: "consumers.txt", Data: System{}},
		{Path: "page.md", Part: "list", Text: []byte("two\n")},
	}
	page := filepath.Join(root, "page.md")
	const markers = "Prose.\n<!-- generated: list (make generate) -->\nby hand\n<!-- end of generated -->\n<!-- generated: table (make generate) -->\n<!-- end of generated -->\n"
	if err := os.WriteFile(page, []byte(markers), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := check(root, outputs); err == nil || !strings.Contains(err.Error(), "-by hand\n+two\n") || !strings.Contains(err.Error(), "+one\n") {
		t.Errorf("no diff: %v", err)
	}
	if err := write(root, outputs); err != nil {
		t.Fatal(err)
	}
	if err := check(root, outputs); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(page); err != nil || string(text) != strings.Replace(markers, "by hand", "two", 1) {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestKeysOfFunctions: each function holds the keys that it signs or verifies with, and no other: one that only reads can forge no event.
func TestKeysOfFunctions(t *testing.T) {
	t.Parallel()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, service := range s.Services {
		for _, f := range service.Functions {
			want := map[string]bool{}
			if service.Outbox && f.Method != http.MethodGet {
				want[function.KeySetting(service.Name)] = true
			}
			for _, kind := range f.Types {
				want[function.KeySetting(event.Publisher(kind))] = true
			}
			got := map[string]bool{}
			for _, setting := range f.Settings {
				if strings.HasPrefix(setting.Name, function.KeySetting("")) {
					got[setting.Name] = true
				}
			}
			if held += len(got); !maps.Equal(got, want) {
				t.Errorf("%s holds %v, and needs %v", f.Name, got, want)
			}
		}
	}
	if held == 0 {
		t.Error("no function holds a key")
	}
}

// TestCron: what people wait for comes every minute, whatever keeps services asleep.
func TestCron(t *testing.T) {
	t.Parallel()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, service := range s.Services {
		for _, schedule := range service.Schedules() {
			got[schedule.Name] = cron(schedule.Every)
		}
	}
	for name, want := range map[string]string{"send-mails": `"* * * * *"`, "send-webhooks": `"* * * * *"`, "find-reversals": `"*/10 * * * *"`, "sweep-sessions": "0 4 * * *"} {
		if got[name] != want {
			t.Errorf("%s: %s, want %s", name, got[name], want)
		}
	}
}
