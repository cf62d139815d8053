package notifications_test

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestMailForNobody: what auth announces of an address that has no account becomes no mail.
func TestMailForNobody(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	ask := func(id string, user int32) {
		functiontest.Deliver(t, h.Run, "request-mail", event.AuthMailRequested, event.MailRequest{
			ID: id, UserID: user, Kind: event.MailReset, ExpiresAt: timestamp.Of(time.Now().Add(time.Minute)),
		})
	}
	ask("of-nobody", 0)
	ask("of-a-user", 5)
	if target := found[string](h, `SELECT string_agg(target, ' ') FROM deliveries`); target != "user/5" {
		t.Errorf("mails to %s", target)
	}
}
