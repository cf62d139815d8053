package local

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
)

// webhookSecret is the setting that the sandbox and payments share. No service requires it.
const webhookSecret = "STRIPE_WEBHOOK_SECRET" //nolint:gosec // a name

// renamed are the names that secrets had in the files of version 0.1.
var renamed = map[string]string{"jwt": "JWT_SECRET", "pepper": "PASSWORD_PEPPER", "webhook": webhookSecret}

// loadSecrets returns the secrets of a DATA_DIR by the names of their settings, and makes those that are missing: what a service
// requires to sign or hash with, and the webhook's secret. A deployment would be given them.
func loadSecrets(dir string) (config.Values, error) {
	path := filepath.Join(dir, "secrets.json")
	kept := config.Values{}
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &kept)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	all := config.Values{webhookSecret: "whsec_" + rand.Text()}
	for _, def := range functions.Services() {
		settings, err := def.AllSettings()
		if err != nil {
			return nil, err
		}
		for _, s := range settings {
			if s.Required && s.Secret && s.Reaches == "" {
				all[s.Name] = rand.Text() + rand.Text()
			}
		}
	}
	for name, value := range kept {
		if now, old := renamed[name]; old {
			name = now
		}
		all[name] = value
	}
	if maps.Equal(all, kept) {
		return all, nil
	}
	if b, err = json.MarshalIndent(all, "", "  "); err != nil {
		return nil, err
	}
	return all, os.WriteFile(path, b, 0o600)
}
