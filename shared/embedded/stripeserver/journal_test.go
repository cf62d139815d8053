package stripeserver_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

func TestJournalSurvivesARestart(t *testing.T) {
	t.Parallel()
	for name, tail := range map[string]string{
		"whole":            "",
		"torn last line":   `{"intents":[{"id":"pi_torn","ob`,
		"last newline cut": `{"intents":[{"id":"pi_torn"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "new", "stripe.jsonl")
			c := open(t, stripeserver.Config{Path: path})
			paid, _ := c.intent("pm_card_visa")
			waiting, secret := c.intent("pm_card_threeDSecure2Required")
			back, _ := c.intent("pm_card_visa")
			confirmed := c.post("/v1/payment_intents/"+paid+"/confirm", "confirm", "")
			c.post("/v1/payment_intents/"+waiting+"/confirm", "", "")
			c.post("/v1/payment_intents/"+back+"/confirm", "", "")
			c.post("/v1/refunds", "refund", "payment_intent="+back)
			before := c.sandbox.Ledger()

			// No Close: the process was killed. A copy is what it left behind.
			left, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			crashed := filepath.Join(t.TempDir(), "stripe.jsonl")
			if err := os.WriteFile(crashed, []byte(string(left)+tail), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 2 { // what is written after the tear must be readable too
				c = open(t, stripeserver.Config{Path: crashed})
				if after := c.sandbox.Ledger(); !reflect.DeepEqual(after, before) {
					t.Errorf("before %+v, after %+v", before, after)
				}
				replayed := c.post("/v1/payment_intents/"+paid+"/confirm", "confirm", "")
				if replayed.raw != confirmed.raw || replayed.header.Get("Idempotent-Replayed") != "true" {
					t.Errorf("%s, was %s", replayed.raw, confirmed.raw)
				}
				if a := c.post("/v1/payment_intents/"+paid+"/confirm", "", ""); a.status != 400 {
					t.Errorf("charged again: %s", a.raw)
				}
				if a := c.get("/v1/payment_intents/pi_torn"); a.status != 404 {
					t.Errorf("the torn line counts: %s", a.raw)
				}
				c.wantStatus(waiting, "requires_action")
				c.intent("pm_card_visa")
				c.close()
			}
			c = open(t, stripeserver.Config{Path: crashed})
			a := c.post("/sandbox/payment_intents/"+waiting+"/authenticate", "", "outcome=succeed&client_secret="+secret)
			if a.text("status") != "succeeded" {
				t.Errorf("%s", a.raw)
			}
		})
	}
}

func TestJournalIsPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "stripe.jsonl")
	open(t, stripeserver.Config{Path: path}).intent("pm_card_visa")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	garbled := filepath.Join(t.TempDir(), "stripe.jsonl")
	if err := os.WriteFile(garbled, []byte("{}\n{torn\n{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, cfg := range map[string]stripeserver.Config{
		"line at byte 3":         {Path: garbled},
		"is a directory":         {Path: t.TempDir()},
		"need a secret to be si": {WebhookURL: "http://127.0.0.1:1"},
	} {
		sandbox, err := stripeserver.Open(cfg)
		if err == nil {
			err = sandbox.Close(context.Background())
			t.Errorf("opened with %+v, %v", cfg, err)
		} else if !strings.Contains(err.Error(), name) {
			t.Errorf("want %q, got %v", name, err)
		}
	}
}
