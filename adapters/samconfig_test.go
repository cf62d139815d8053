package adapters_test

import (
	"cmp"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestStagesKeepTheirParameters: `--parameter-overrides` on SAM's command line takes the place of all that samconfig.toml has under
// parameter_overrides. So what a stage says there has no default in the template: a deploy that lost it fails, and never comes out
// as another stage.
func TestStagesKeepTheirParameters(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(root, "samconfig.toml"))
	if err != nil {
		t.Fatal(err)
	}
	declared, seen := readTemplate(t).object("Parameters"), 0
	for _, line := range regexp.MustCompile(`(?m)^parameter_overrides = "(.*)"$`).FindAllStringSubmatch(string(raw), -1) {
		given := map[string]string{}
		for pair := range strings.FieldsSeq(line[1]) {
			name, value, _ := strings.Cut(pair, "=")
			given[name] = value
			p := declared.object(name)
			if seen++; p == nil || p.at("Default") != nil {
				t.Errorf("%s: the template has a default for it, or no such parameter", pair)
			}
		}
		deploy(t, "", given) // which refuses what the template does not allow
	}
	if seen < 3 {
		t.Errorf("%d parameters only", seen)
	}
}

// TestSyncSeesEdits: `sam sync --watch` looks for edits below a function's CodeUri, and nowhere else; and `make build-<function>`,
// which SAM calls there, knows every function.
func TestSyncSeesEdits(t *testing.T) {
	t.Parallel()
	template, makefile := readTemplate(t), read(t, filepath.Join(root, "adapters/cmd/lambda.mk"))
	for id := range template.object("Resources") {
		if template.text("Resources", id, "Type") != "AWS::Serverless::Function" {
			continue
		}
		code := cmp.Or(template.properties(id).text("CodeUri"), template.text("Globals", "Function", "CodeUri"))
		for _, source := range []string{"functions", "shared", "adapters/lambda"} {
			if _, err := os.Stat(filepath.Join(root, code, source)); err != nil {
				t.Errorf("%s is not made of %s: %v", id, source, err)
			}
		}
		if !regexp.MustCompile(`(?m)^(.* )?build-` + id + `[ :]`).MatchString(makefile) {
			t.Errorf("nothing builds %s", id)
		}
	}
}

// TestGuided: `sam deploy --guided` asks once for each parameter, and never whether a function may do without an authorizer. What is never
// shown it does not let be empty, so a word stands for nothing. (SAM CLI 1.164: guided_context.py, auth_utils.py.)
func TestGuided(t *testing.T) {
	t.Parallel()
	template, seen := readTemplate(t), 0
	for name := range template.object("Parameters") {
		p := template.object("Parameters", name)
		if p["NoEcho"] != true {
			continue
		}
		word := p.text("Default")
		if seen++; !regexp.MustCompile("^("+p.text("AllowedPattern")+")$").MatchString(word) || word == "" {
			t.Errorf("%s cannot be left out: its default is %q", name, word)
		}
	}
	for id := range template.object("Resources") {
		if template.text("Resources", id, "Type") != "AWS::Serverless::HttpApi" {
			continue
		}
		if seen++; template.properties(id)["Auth"] == nil {
			t.Errorf("SAM asks for each function of %s whether it may do without an authorizer", id)
		}
	}
	if seen < 6 {
		t.Errorf("%d parameters and APIs only", seen)
	}
}
