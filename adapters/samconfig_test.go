package adapters_test

import (
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
