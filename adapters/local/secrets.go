package local

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gittix/ticketing/shared/config"
)

// secrets are those that a deployment would be given: here they are made once, and kept in DATA_DIR.
type secrets struct {
	JWT     string `json:"jwt"`
	Pepper  string `json:"pepper"`
	Webhook string `json:"webhook"`
}

// loadSecrets reads the secrets of a DATA_DIR, or makes them.
func loadSecrets(dir string) (secrets, error) {
	path := filepath.Join(dir, "secrets.json")
	var s secrets
	b, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(b, &s); err != nil {
			return s, fmt.Errorf("%s is damaged: %w", path, err)
		}
		return s, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	s = secrets{JWT: rand.Text() + rand.Text(), Pepper: rand.Text(), Webhook: "whsec_" + rand.Text()}
	if b, err = json.MarshalIndent(s, "", "  "); err != nil {
		return s, err
	}
	return s, os.WriteFile(path, b, 0o600)
}

// defaults are settings that the environment may replace.
func (s secrets) defaults() config.Values {
	return config.Values{"JWT_SECRET": s.JWT, "PASSWORD_PEPPER": s.Pepper, "SESSION_SECURE": "false"}
}
