package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
)

var signatures = event.Signatures{Keys: map[string][]string{"things": {"a key of thirty-two bytes, or longer"}}}

// genuine relays what waits, and counts the events that are signed.
func genuine(t *testing.T, db *DB) (signed, all int) {
	t.Helper()
	must(t, failed(db.Outbox().Relay(t.Context(), 100, func(_ context.Context, events []event.Event) []error {
		for _, e := range events {
			if _, err := signatures.Verify(e); err == nil {
				signed++
			}
		}
		all = len(events)
		return make([]error, all)
	})))
	return signed, all
}

// TestSignedWhenStored: a relay without a key, as the dispatcher is, sends what consumers take.
func TestSignedWhenStored(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db := open(t, url)
	db.Outbox().SignWith(signatures)
	mustCreate(t, db, 1)
	if signed, all := genuine(t, closed(t, url)); signed != 1 || all != 1 {
		t.Errorf("%d of %d are signed", signed, all)
	}
	if _, err := db.Change(t.Context(), func(Tx) (event.Draft, error) {
		return event.Draft{Type: "other.created", Data: []byte(`{}`)}, nil
	}); err == nil {
		t.Error("an event was stored that cannot be signed")
	}
}

// TestStoredBeforeSignatures: by a version that signs nothing. The service signs what it relays, and what it replays for a relay without a key.
func TestStoredBeforeSignatures(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db, relay := open(t, url), closed(t, url)
	db.Outbox().SignWith(signatures)
	store := func() {
		must(t, failed(db.Exec(t.Context(), `INSERT INTO outbox (type, subject, data, traceparent) VALUES ('things.created', 'thing/1', '{"id": 1}', '')`)))
	}
	store()
	if signed, all := genuine(t, db); signed != 1 || all != 1 {
		t.Errorf("relayed by the service: %d of %d are signed", signed, all)
	}
	store()
	if signed, all := genuine(t, relay); signed != 0 || all != 1 {
		t.Errorf("relayed without a key: %d of %d are signed", signed, all)
	}
	if n, err := db.Outbox().Replay(t.Context(), time.Now().Add(-time.Hour), time.Time{}); n != 2 || err != nil {
		t.Fatalf("%d to be sent again, %v", n, err)
	}
	if signed, all := genuine(t, relay); signed != 2 || all != 2 {
		t.Errorf("replayed: %d of %d are signed", signed, all)
	}
}

// TestReplayedAfterItsKey: an event that was signed by a key that is forgotten is signed by the one of now when it is sent again.
func TestReplayedAfterItsKey(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	db, relay := open(t, url), closed(t, url)
	db.Outbox().SignWith(event.Signatures{Keys: map[string][]string{"things": {"the key of before, which has been changed"}}})
	mustCreate(t, db, 1)
	if signed, all := genuine(t, relay); signed != 0 || all != 1 {
		t.Fatalf("%d of %d are signed by the new key before it is there", signed, all)
	}
	db.Outbox().SignWith(signatures)
	if n, err := db.Outbox().Replay(t.Context(), time.Now().Add(-time.Hour), time.Time{}); n != 1 || err != nil {
		t.Fatalf("%d to be sent again, %v", n, err)
	}
	if signed, all := genuine(t, relay); signed != 1 || all != 1 {
		t.Errorf("replayed: %d of %d are signed by the new key", signed, all)
	}
}
