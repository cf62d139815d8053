package local

import (
	"context"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/chaos/shopper"
	"github.com/gittix/ticketing/shared/config"
)

// embedded runs a system that stands on nothing but its folder. Stop it after use.
func embedded(t *testing.T, dir string) *System {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := Start(t.Context(), config.Values{"PORT": "0", "DATA_DIR": dir}, log)
	if err != nil {
		t.Fatal(err)
	}
	if err := shopper.Await(t.Context(), patience, s.host.Ready); err != nil {
		t.Fatal(err)
	}
	return s
}

func stop(t *testing.T, s *System) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// at is the same shopper, with the same cookies, where a system answers now.
func at(t *testing.T, s *System, who *shopper.Shopper) *shopper.Shopper {
	t.Helper()
	moved, err := who.MovedTo(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	return moved
}

// TestTwoSystemsAndARestart: two systems on one machine know nothing of each other, and each knows after a
// restart what it knew before.
func TestTwoSystemsAndARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, other := embedded(t, dir), embedded(t, t.TempDir())
	defer stop(t, other)
	checkBanner(t, first)
	seller, buyer := newShopper(t, first), newShopper(t, first)
	ticket, err := seller.Offer(t.Context(), "La Traviata", "40")
	if err != nil {
		t.Fatal(err)
	}
	order := placed(t, buyer, ticket.ID)
	if _, err := at(t, other, buyer).Ticket(t.Context(), ticket.ID); !shopper.IsRefused(err, http.StatusNotFound) {
		t.Errorf("the other system knows the ticket: %v", err)
	}
	if err := at(t, other, buyer).SignIn(t.Context()); !shopper.IsRefused(err, http.StatusBadRequest) {
		t.Errorf("the other system knows the buyer: %v", err)
	}
	stop(t, first)
	onlyForOwner(t, dir)

	again := embedded(t, dir)
	defer stop(t, again)
	buyer = at(t, again, buyer)
	if seen, err := buyer.Order(t.Context(), order); err != nil || seen.TicketID != ticket.ID {
		t.Fatalf("after a restart the buyer, who has been signed in all the time, sees %+v, %v", seen, err)
	}
	if err := at(t, again, seller).SignIn(t.Context()); err != nil {
		t.Errorf("the seller signs in: %v", err)
	}
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		_, err := buyer.Pay(ctx, order, "tok_visa")
		return err
	}); err != nil {
		t.Errorf("the buyer pays: %v", err)
	}
}

// newShopper returns somebody who has signed up.
func newShopper(t *testing.T, s *System) *shopper.Shopper {
	t.Helper()
	who, err := shopper.New(s.URL(), http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	if err := who.SignUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	return who
}

// placed orders a ticket once orders has heard of it.
func placed(t *testing.T, buyer *shopper.Shopper, ticket int32) (id int32) {
	t.Helper()
	if err := shopper.Await(t.Context(), patience, func(ctx context.Context) error {
		order, err := buyer.PlaceOrder(ctx, ticket)
		id = order.ID
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return id
}

// onlyForOwner: what the folder keeps is nobody else's to read.
func onlyForOwner(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"secrets.json", "postgres/password", "redis/password"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm()&fs.FileMode(0o077) != 0 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func TestPortInUse(t *testing.T) {
	t.Parallel()
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close() //nolint:errcheck // nothing was said on it
	_, port, _ := strings.Cut(taken.Addr().String(), ":")
	dir := filepath.Join(t.TempDir(), "untouched")
	_, err = Start(t.Context(), config.Values{"PORT": port, "DATA_DIR": dir}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), port) {
		t.Errorf("started on a port in use: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("the data folder was made all the same")
	}
}

// checkBanner: it says where the system is, and no password.
func checkBanner(t *testing.T, s *System) {
	t.Helper()
	var banner strings.Builder
	if err := s.banner(&banner); err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL(), "http://"), ":")
	if !strings.Contains(banner.String(), ":"+port) || strings.Contains(banner.String(), "@") {
		t.Errorf("banner %q", banner.String())
	}
}
