package busurl_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
)

// TestOpenGivesCredentials: by user and password, or by token. The example of package bus opens one without.
func TestOpenGivesCredentials(t *testing.T) {
	t.Parallel()
	for url, options := range map[string]natsd.Options{
		"ann:p%40ss@": {Username: "ann", Password: "p@ss"}, "t0ken@": {Authorization: "t0ken"},
	} {
		options.Host, options.Port, options.NoLog, options.NoSigs = "127.0.0.1", natsd.RANDOM_PORT, true, true
		options.JetStream, options.StoreDir = true, filepath.Join(t.TempDir(), "js")
		broker, err := natsd.NewServer(&options)
		if err != nil {
			t.Fatal(err)
		}
		broker.Start()
		t.Cleanup(func() { broker.Shutdown(); broker.WaitForShutdown() })
		b, err := busurl.Open("jetstream://"+url+broker.Addr().String(), "tester", bus.Options{})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for b.Publish(ctx, "tickets.created", []byte("{}")) != nil {
			select {
			case <-ctx.Done():
				t.Fatal(url, " never published")
			case <-time.After(5 * time.Millisecond):
			}
		}
		if err := b.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][2]string{
		"a malformed URL":  {"nats://u:secret@h", "orders"},
		"a malformed name": {"jetstream://h", "or ders"},
	} {
		_, err := busurl.Open(args[0], args[1], bus.Options{})
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
