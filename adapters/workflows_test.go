package adapters_test

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// workflow is what the rules are about of a file of .github/workflows.
type workflow struct {
	Permissions *map[string]string
	Jobs        map[string]struct {
		Permissions map[string]string
		Timeout     int `yaml:"timeout-minutes"`
		Uses        string
		Strategy    struct{ Matrix map[string]any }
		Steps       []struct {
			Name, Uses, Run string
			With            map[string]any
		}
	}
}

// workflows are all of them, by file name, and their text.
func workflows(t *testing.T) (map[string]workflow, map[string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, ".github/workflows/*.y*ml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflows: %v", err)
	}
	parsed, texts := map[string]workflow{}, map[string]string{}
	for _, file := range files {
		var w workflow
		name := filepath.Base(file)
		texts[name] = read(t, file)
		if err := yaml.Unmarshal([]byte(texts[name]), &w); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		parsed[name] = w
	}
	return parsed, texts
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestWorkflowsMayLittle: no job has a right that it does not name, none runs for ever, and no text from outside
// becomes a part of a script.
func TestWorkflowsMayLittle(t *testing.T) {
	t.Parallel()
	all, _ := workflows(t)
	for file, w := range all {
		if w.Permissions == nil || len(*w.Permissions) > 0 {
			t.Errorf("%s: want permissions: {} at the top", file)
		}
		for name, job := range w.Jobs {
			if len(job.Permissions) == 0 || job.Timeout == 0 && job.Uses == "" {
				t.Errorf("%s: job %s needs permissions and timeout-minutes", file, name)
			}
			for _, step := range job.Steps {
				if strings.Contains(step.Run, "${{") {
					t.Errorf("%s: job %s: hand this over by env: %s", file, name, step.Run)
				}
				if strings.HasPrefix(step.Uses, "actions/checkout@") && step.With["persist-credentials"] != false {
					t.Errorf("%s: job %s: the token stays in .git", file, name)
				}
			}
		}
	}
}

// TestWorkflowsUseWhatWasReviewed: a tag can be moved, a commit cannot.
func TestWorkflowsUseWhatWasReviewed(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$|^\./\.github/workflows/[\w-]+\.yml$`)
	versions := map[string]string{}
	_, texts := workflows(t)
	for file, text := range texts {
		for _, uses := range regexp.MustCompile(`(?m)^\s*(?:- )?uses:\s*(.*)$`).FindAllStringSubmatch(text, -1) {
			if !pinned.MatchString(uses[1]) {
				t.Errorf("%s: %s: want owner/name@<40 hex> # v1.2.3", file, uses[1])
			}
			action, version, _ := strings.Cut(uses[1], "@")
			if other, seen := versions[action]; seen && other != version {
				t.Errorf("%s: %s is there as %s and as %s", file, action, version, other)
			}
			versions[action] = version
		}
	}
}

// TestWorkflowsRunWhatExists: targets of the Makefile, scripts and folders.
func TestWorkflowsRunWhatExists(t *testing.T) {
	t.Parallel()
	makefile := read(t, filepath.Join(root, "Makefile"))
	_, texts := workflows(t)
	for file, text := range texts {
		for _, target := range regexp.MustCompile(`\bmake ([a-z][a-z0-9-]*)`).FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`(?m)^` + target[1] + `:`).MatchString(makefile) {
				t.Errorf("%s: the Makefile has no target %s", file, target[1])
			}
		}
		for _, script := range regexp.MustCompile(`\b(k8s/scripts|\.ci)/[a-z][a-z-]*`).FindAllString(text, -1) {
			if info, err := os.Stat(filepath.Join(root, script)); err != nil || info.Mode()&0o111 == 0 {
				t.Errorf("%s: %s is no script", file, script)
			}
		}
		for _, overlay := range regexp.MustCompile(`\b(?:k8s|knative)/overlays/[a-z][a-z-]*`).FindAllString(text, -1) {
			if _, err := os.Stat(filepath.Join(root, overlay, "kustomization.yaml")); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
		for _, places := range regexp.MustCompile(`options: \[(.+)\]`).FindAllStringSubmatch(text, -1) {
			for place := range strings.SplitSeq(places[1], ", ") {
				if _, err := os.Stat(filepath.Join(root, "k8s/overlays", place, "kustomization.yaml")); err != nil {
					t.Errorf("%s: %v", file, err)
				}
			}
		}
	}
}

// TestReleaseHasEveryImage: every command but the two that run on a laptop only.
func TestReleaseHasEveryImage(t *testing.T) {
	t.Parallel()
	commands, err := filepath.Glob("cmd/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, file := range commands {
		if name := path.Base(path.Dir(filepath.ToSlash(file))); name != "ticketing" && name != "stress" {
			want[name] = true
		}
	}
	all, _ := workflows(t)
	got := map[string]bool{}
	list, _ := all["release.yml"].Jobs["image"].Strategy.Matrix["command"].([]any)
	for _, name := range list {
		got[name.(string)] = true
	}
	if !maps.Equal(got, want) {
		t.Errorf("release.yml builds %v, and adapters/cmd has %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

// TestDependabotKnowsEveryModule: those of the workspace, and those beside it.
func TestDependabotKnowsEveryModule(t *testing.T) {
	t.Parallel()
	type update struct {
		Ecosystem   string `yaml:"package-ecosystem"`
		Directories []string
	}
	var config struct{ Updates []update }
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(root, ".github/dependabot.yml"))), &config); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(config.Updates, func(u update) bool { return u.Ecosystem == "gomod" })
	if i < 0 {
		t.Fatal("no gomod")
	}
	for _, pattern := range []string{"*", "*/*", "*/*/*"} {
		files, err := filepath.Glob(filepath.Join(root, pattern, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			folder := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(file)), root)
			if !slices.ContainsFunc(config.Updates[i].Directories, func(d string) bool { ok, _ := path.Match(d, folder); return ok }) {
				t.Errorf("dependabot.yml does not know %s", folder)
			}
		}
	}
}
