package verify

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// secretLooking is what the makers of secrets put into them.
var secretLooking = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY|\b(sk|rk|pk)_live_\w|\bsk_test_\w{16}|\bwhsec_\w{16}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30}|` +
	`\bxox[abprs]-\w{10}|\bAIza[\w-]{35}|\beyJ[\w-]{10,}\.eyJ|\b[a-z]+://[^\s:/@$]+:[A-Za-z0-9]{12,}@`)

// TestFilesHoldNoSecrets: what is encrypted may lie in the repository, and what is not may not.
func TestFilesHoldNoSecrets(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"-----BEGIN RSA PRIVATE KEY-----", "whsec_0123456789abcdef", "postgres://auth:0123456789abcdef@db/auth"} {
		if !secretLooking.MatchString(text) {
			t.Errorf("%q would not be seen", text)
		}
	}
	for _, tree := range []string{"k8s", "knative"} {
		err := filepath.WalkDir(filepath.Join(Root, tree), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || filepath.Ext(path) == ".go" {
				return err
			}
			text, err := os.ReadFile(path)
			if found := secretLooking.Find(text); found != nil {
				t.Errorf("%s holds something like %.12s…", path, found)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
