package local_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/local"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/config"
)

// embedded runs a system that stands on nothing but its folder. Stop it after use.
func embedded(t *testing.T, dir string) (s *systemtest.System, stop func()) {
	t.Helper()
	running, err := local.Start(t.Context(), config.Values{"PORT": "0", "DATA_DIR": dir, "BUS_ACK_WAIT": "2s"}, systemtest.Log(t, slog.LevelError))
	if err != nil {
		t.Fatal(err)
	}
	s = systemtest.NewSystem(t, nil, running.URL())
	s.AwaitReady(t)
	return s, func() {
		if err := running.Stop(); err != nil {
			t.Errorf("stop: %v", err)
		}
	}
}

// TestTwoSystemsAndARestart: two systems on one machine share nothing, and each has after a restart what it had before.
func TestTwoSystemsAndARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, stopFirst := embedded(t, dir)
	other, stopOther := embedded(t, t.TempDir())
	defer stopOther()
	buyer := first.User(t)
	order := first.Reserve(t, buyer, "40")
	if _, err := buyer.At(other).Ticket(t.Context(), order.TicketID); !errors.Is(err, api.ErrNoSuchTicket) {
		t.Errorf("the other system has the ticket: %v", err)
	}
	if err := buyer.At(other).SignIn(t.Context()); !errors.Is(err, api.ErrInvalidCredentials) {
		t.Errorf("the other system has the buyer: %v", err)
	}
	stopFirst()
	for _, name := range []string{"secrets.json", "postgres/password", "redis/password"} { // for the owner alone
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}

	again, stopAgain := embedded(t, dir)
	defer stopAgain()
	buyer = buyer.At(again) // with the same session
	if seen, err := buyer.Order(t.Context(), order.ID); err != nil || seen.TicketID != order.TicketID {
		t.Fatalf("after a restart: %+v, %v", seen, err)
	}
	if err := buyer.SignIn(t.Context()); err != nil {
		t.Errorf("sign in after a restart: %v", err)
	}
	again.Eventually(t, "pay after a restart", func(ctx context.Context) error {
		_, err := buyer.Pay(ctx, order.ID, "tok_visa")
		return err
	})
	again.AwaitOrder(t, buyer, order.ID, systemtest.Complete)
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nothing was sent on it
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	dir := filepath.Join(t.TempDir(), "untouched")
	_, err = local.Start(t.Context(), config.Values{"PORT": port, "DATA_DIR": dir}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), port) {
		t.Errorf("started on a port in use: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the data folder was made")
	}
}
