package adapters_test

import (
	"maps"
	"os"
	"os/exec"
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
	Defaults    struct{ Run struct{ Shell string } }
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

// TestWorkflowsMayLittle: no job has a right that it does not name, none runs forever, and no text from outside
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

// TestWorkflowsFailInPipes: a runner's own shell goes on when all but the last program of a pipe have failed; the one that is asked for by name does not.
func TestWorkflowsFailInPipes(t *testing.T) {
	t.Parallel()
	all, _ := workflows(t)
	for file, w := range all {
		if w.Defaults.Run.Shell != "bash" {
			t.Errorf("%s: want defaults: {run: {shell: bash}} at the top", file)
		}
	}
}

// TestDeployTakesSignedImagesOnly: the deploy workflow asks for the signature of each image of ours, and an overlay that it finds none in is no overlay without
// unsigned images.
func TestDeployTakesSignedImagesOnly(t *testing.T) {
	t.Parallel()
	const image = "ghcr.io/someone/fork/orders@sha256:1"
	for name, c := range map[string]struct {
		manifests string
		signed    bool
		deployed  bool
	}{
		"signed":    {"image: " + image, true, true},
		"unsigned":  {"image: " + image, false, false},
		"no image":  {"image: ghcr.io/gittix/ticketing/orders:1", true, false},
		"no answer": {"", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bin, cosign := t.TempDir(), "#!/bin/sh\n[ \"$2\" = "+image+" ]"
			if !c.signed {
				cosign = "#!/bin/sh\nexit 1"
			}
			for program, text := range map[string]string{"cosign": cosign, "kubectl": "#!/bin/sh\necho '" + c.manifests + "'"} {
				if err := os.WriteFile(filepath.Join(bin, program), []byte(text), 0o700); err != nil { //nolint:gosec // a program
					t.Fatal(err)
				}
			}
			all, _ := workflows(t)
			for _, step := range all["deploy.yml"].Jobs["deploy"].Steps {
				if strings.Contains(step.Run, "cosign verify") {
					shell := exec.CommandContext(t.Context(), "bash", "-e", "-c", step.Run) //nolint:gosec // a workflow of ours
					if all["deploy.yml"].Defaults.Run.Shell == "bash" {
						shell.Args = append([]string{"bash", "-o", "pipefail"}, shell.Args[1:]...)
					}
					shell.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "GITHUB_REPOSITORY=Someone/Fork", "OVERLAY=aws", "VERSION=0.1.0")
					if out, err := shell.CombinedOutput(); (err == nil) != c.deployed {
						t.Errorf("%v\n%s", err, out)
					}
					return
				}
			}
			t.Error("no step verifies signatures")
		})
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

// TestReleaseHasEveryImage: every command but those that run on a laptop only.
func TestReleaseHasEveryImage(t *testing.T) {
	t.Parallel()
	commands, err := filepath.Glob("cmd/*/main.go")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for _, file := range commands {
		if name := path.Base(path.Dir(filepath.ToSlash(file))); !slices.Contains([]string{"ticketing", "generate"}, name) {
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
