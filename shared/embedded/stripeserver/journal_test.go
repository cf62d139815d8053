package stripeserver

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestJournalSurvivesACrash(t *testing.T) {
	t.Parallel()
	path, crashed := filepath.Join(t.TempDir(), "new", "stripe.jsonl"), filepath.Join(t.TempDir(), "stripe.jsonl")
	c := open(t, Config{Path: path})
	paid, waiting := c.intent("pm_card_visa").ID, c.intent("pm_card_threeDSecure2Required")
	confirmed := c.confirm(paid, "confirm")
	c.confirm(waiting.ID, "")
	c.call("POST", "/v1/refunds", "refund", "payment_intent="+paid)
	before := c.Ledger()

	left, err := os.ReadFile(path) // before Close, as a killed process leaves it
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", info, err)
	}
	if err := os.WriteFile(crashed, append(left, `{"intents":[{"id":"pi_torn"}]}`...), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what is written after the torn line must be readable, too
		c = open(t, Config{Path: crashed})
		if after := c.Ledger(); !reflect.DeepEqual(after, before) {
			t.Errorf("before %+v, after %+v", before, after)
		}
		if r := c.confirm(paid, "confirm"); r.raw != confirmed.raw || r.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("%s, was %s", r.raw, confirmed.raw)
		}
		c.want(c.confirm(paid, ""), 400, unexpected)
		c.want(c.confirm("pi_torn", ""), 404, "resource_missing")
		c.stands(waiting.ID, requiresAction, 1)
		c.close()
	}
	c = open(t, Config{Path: crashed})
	c.want(c.authenticate(waiting.ID, waiting.ClientSecret, "succeed"), 200, succeeded)
}

// A change that cannot be written down did not happen, and is not replayed as if it had.
func TestNothingHappensWithoutTheJournal(t *testing.T) {
	t.Parallel()
	c := open(t, Config{Path: filepath.Join(t.TempDir(), "stripe.jsonl")})
	id := c.intent("pm_card_visa").ID
	if err := c.journal.file.Close(); err != nil { // as if the disk went away
		t.Fatal(err)
	}
	for range 2 {
		if r := c.confirm(id, "key"); r.status != 500 || r.Error.Type != "api_error" || r.header.Get("Idempotent-Replayed") != "" {
			t.Errorf("%d %s", r.status, r.raw)
		}
	}
	c.stands(id, requiresConfirmation, 0)
	if err := c.Close(t.Context()); err == nil {
		t.Error("Close says that the journal is fine")
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	garbled := filepath.Join(t.TempDir(), "stripe.jsonl")
	if err := os.WriteFile(garbled, []byte("{}\n{torn\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	inUse := filepath.Join(t.TempDir(), "stripe.jsonl")
	open(t, Config{Path: inUse})
	for want, cfg := range map[string]Config{
		"is in use": {Path: inUse}, "line at byte 3": {Path: garbled}, "is a directory": {Path: t.TempDir()}, "need a secret": {WebhookURL: "http://127.0.0.1:1"},
	} {
		if _, err := Open(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
