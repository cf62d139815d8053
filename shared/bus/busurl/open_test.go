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
	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
	"github.com/gittix/ticketing/shared/embedded/stanserver"
)

func TestOpenReachesEitherBroker(t *testing.T) {
	t.Parallel()
	streaming, err := stanserver.Start(stanserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(streaming.Stop)
	jet, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(jet.Stop)
	for _, url := range []string{streaming.URL(), jet.URL()} {
		publish(t, url)
	}
}

func TestOpenGivesCredentials(t *testing.T) {
	t.Parallel()
	for name, login := range map[string]struct {
		user, password, token string
		url                   string
	}{
		"user and password": {user: "ann", password: "p@ss", url: "ann:p%40ss@"},
		"token":             {token: "t0ken", url: "t0ken@"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			broker, err := natsd.NewServer(&natsd.Options{
				Host: "127.0.0.1", Port: natsd.RANDOM_PORT, NoLog: true, NoSigs: true,
				JetStream: true, StoreDir: filepath.Join(t.TempDir(), "js"),
				Username: login.user, Password: login.password, Authorization: login.token,
			})
			if err != nil {
				t.Fatal(err)
			}
			broker.Start()
			t.Cleanup(func() { broker.Shutdown(); broker.WaitForShutdown() })
			publish(t, "jetstream://"+login.url+broker.Addr().String())
		})
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

// publish opens a bus and publishes one message, or fails.
func publish(t *testing.T, url string) {
	t.Helper()
	b, err := busurl.Open(url, "tester", bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	defer func() {
		if err := b.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	for b.Publish(ctx, "tickets.created", []byte("{}")) != nil {
		select {
		case <-ctx.Done():
			t.Fatal("never published")
		case <-time.After(5 * time.Millisecond):
		}
	}
}
