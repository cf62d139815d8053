package adapters_test

import (
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSecretsOfMails: k8s/scripts/secrets gives notifications a mail server with all that it needs or not at all, keeps it, and takes it away.
func TestSecretsOfMails(t *testing.T) {
	t.Parallel()
	const (
		server        = "SMTP_URL=smtp://u:p@mail.example.com"
		sender, links = "MAIL_FROM=a@example.com", "TRUSTED_ORIGINS=https://a.example"
	)
	for name, c := range map[string]struct {
		existing, given []string
		refused, has    bool
	}{
		"none":                           {nil, nil, false, false},
		"all":                            {nil, []string{server, sender, links}, false, true},
		"no sender":                      {nil, []string{server, links}, true, false},
		"no links":                       {nil, []string{server, sender}, true, false},
		"another server":                 {[]string{"SMTP_URL=smtp://old", sender, links}, []string{server}, false, true},
		"kept":                           {[]string{server, sender, links}, nil, false, true},
		"taken away":                     {[]string{server, sender, links}, []string{"SMTP_URL=none"}, false, false},
		"half of it, from an old script": {[]string{server}, nil, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kubectl := "#!/bin/sh\n"
			for _, pair := range c.existing {
				key, value, _ := strings.Cut(pair, "=")
				kubectl += "echo notifications/" + key + " " + base64.StdEncoding.EncodeToString([]byte(value)) + "\n"
			}
			bin := t.TempDir()
			if err := os.WriteFile(filepath.Join(bin, "kubectl"), []byte(kubectl), 0o700); err != nil { //nolint:gosec // a program
				t.Fatal(err)
			}
			script := exec.CommandContext(t.Context(), filepath.Join(root, "k8s/scripts/secrets"), "--yaml")
			script.Env = append(append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH")), c.given...)
			said := &strings.Builder{}
			script.Stderr = said
			out, err := script.Output()
			if (err != nil) != c.refused || strings.Contains(said.String(), "SMTP_URL needs") != c.refused {
				t.Fatalf("%v: %s", err, said)
			}
			if want := base64.StdEncoding.EncodeToString([]byte(strings.TrimPrefix(server, "SMTP_URL="))); strings.Contains(string(out), "\n  SMTP_URL: "+want+"\n") != c.has || strings.Contains(string(out), "\n  SMTP_URL: ") != c.has {
				t.Error("SMTP_URL is there, or is not")
			}
		})
	}
}
