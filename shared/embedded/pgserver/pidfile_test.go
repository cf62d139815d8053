package pgserver

import (
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func TestStalePid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text  string
		ended int
		stays bool
	}{
		"of the server that ended":  {"41\n/data\n", 41, false},
		"of another server":         {"42\n/data\n", 41, true},
		"no server is known":        {"42\n/data\n", 0, true},
		"half written":              {"", 41, true},
		"not a process id":          {"what\n", 0, true},
		"of a server with that end": {"141\n/data\n", 41, true},
	} {
		cluster := t.TempDir()
		path := filepath.Join(cluster, "postmaster.pid")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := removeStalePid(cluster, c.ended); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) == c.stays {
			t.Errorf("%s: stays = %v, want %v", name, !c.stays, c.stays)
		}
	}
	if err := removeStalePid(t.TempDir(), 41); err != nil {
		t.Errorf("no file: %v", err)
	}
}

func TestDownloadThatFails(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	empty := httptest.NewServer(http.NotFoundHandler())
	defer empty.Close()
	_, err := download(t.Context(), empty.URL, slog.New(slog.DiscardHandler))
	if !errors.Is(err, ErrNotInstalled) {
		t.Errorf("download: %v, want ErrNotInstalled", err)
	}
}
