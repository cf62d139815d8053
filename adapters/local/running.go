package local

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gittix/ticketing/shared/config"
)

// running is what a running system writes for the operator's commands: where its embedded backends are.
type running struct {
	URL      string        `json:"url"`
	Settings config.Values `json:"settings"`
}

func runningFile(dir string) string { return filepath.Join(dir, "running.json") }

// announce writes the file, for this user alone.
func (s *System) announce() error {
	settings := s.backends.Stripe.With(config.Values{
		"DATABASE_URL": s.backends.DatabaseURL, "BUS_URL": s.backends.BusURL, "REDIS_URL": s.backends.RedisURL,
	})
	b, err := json.MarshalIndent(running{URL: s.URL(), Settings: settings}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(runningFile(s.settings.DataDir), b, 0o600)
}

// attach returns the settings by which to reach the system that runs on a DATA_DIR; ok is false if none does.
func attach(ctx context.Context, dir string) (r running, ok bool) {
	b, err := os.ReadFile(runningFile(dir))
	if err != nil || json.Unmarshal(b, &r) != nil {
		return running{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+"/health", nil)
	if err != nil {
		return running{}, false
	}
	answer, err := http.DefaultClient.Do(req)
	if err != nil {
		return running{}, false // it was killed, and left its file
	}
	return r, answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}
