package notifications_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
)

const added = "A webhook was added to your account"

// addHook makes a webhook and returns its path.
func (f *fixture) addHook(user int32, url string) string {
	f.t.Helper()
	body := functiontest.Text(map[string]any{"url": url, "events": []string{"order.paid"}})
	made := functiontest.Parse[notifications.WebhookSecret](f.t, f.Call(user, "POST", hooks, body), 201)
	return fmt.Sprintf("%s/%d", hooks, made.Webhook.ID)
}

// TestNewWebhookIsTold: its user gets a mail of a new webhook, and of a new address of one, one within an hour, whoever made it.
func TestNewWebhookIsTold(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	at := f.addHook(buyer, "https://shop.example.com/tickets")
	f.addHook(buyer, "https://shop.example.com/more")
	f.send()
	f.wants(buyer, added)
	if m := f.mails.Mails(addresses[buyer])[0]; !strings.Contains(m.Text, "https://shop.example.com/tickets") || !strings.Contains(m.Text, "https://shop.example/shop/account/webhooks") {
		t.Errorf("%+v", m)
	}
	f.pass(time.Hour)
	functiontest.Parse[notifications.WebhookReply](t, f.Call(buyer, "PATCH", at, `{"enabled":true,"url":"https://shop.example.com/tickets"}`), 200)
	f.send()
	f.wants(buyer, added)
	functiontest.Parse[notifications.WebhookReply](t, f.Call(buyer, "PATCH", at, `{"url":"https://thief.example.com/"}`), 200)
	f.send()
	f.wants(buyer, added, added)
	f.addHook(first, "https://shop.example.com/")
	functiontest.Deliver(t, f.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: first, Email: addresses[first], Version: 1}) // not confirmed, after a restore
	f.send()
	f.wants(first)
}

// TestAddressIsChangedTwiceAtOnce: a change that brings back the address which another one has just replaced is told, too.
func TestAddressIsChangedTwiceAtOnce(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	at := f.addHook(buyer, "https://shop.example.com/tickets")
	f.send()
	f.pass(time.Hour)
	answer := make(chan functiontest.Answer, 1)
	_, err := f.db.Change(t.Context(), func(tx postgres.Tx) (none event.Draft, err error) {
		pid, err := postgres.One(t.Context(), tx, pgx.RowTo[int32], `UPDATE webhooks SET url = 'https://thief.example.com/' RETURNING pg_backend_pid()`)
		go func() { answer <- f.Call(buyer, "PATCH", at, `{"url":"https://shop.example.com/tickets"}`) }()
		for waits := false; err == nil && !waits && len(answer) == 0; {
			waits, err = postgres.One(t.Context(), f.db, pgx.RowTo[bool], `SELECT count(*) > 0 FROM pg_stat_activity, pg_sleep(0.005) WHERE $1 = ANY(pg_blocking_pids(pid))`, pid)
		}
		return none, err
	})
	f.Must(err)
	functiontest.Parse[notifications.WebhookReply](t, <-answer, 200)
	f.send()
	f.wants(buyer, added, added)
}

// TestNewWebhookIsNotTold: a mail about a webhook that is refused for good is a dead letter, too, though no event has caused it; its replay sends it.
func TestNewWebhookIsNotTold(t *testing.T) {
	t.Parallel()
	var back atomic.Bool
	f := start(t, until(&back, 550, "no such user"))
	f.addHook(buyer, "https://shop.example.com/tickets")
	f.send()
	f.pass(time.Hour)
	f.addHook(buyer, "https://shop.example.com/more")
	f.send()
	got := f.reasons()
	if len(got) != 2 || !strings.HasPrefix(got[0], "create-webhook: webhook to user/5: ") {
		t.Fatalf("dead letters: %q", got)
	}
	back.Store(true)
	f.replay()
	f.send()
	f.wants(buyer, added, added)
	if got := f.reasons(); len(got) != 0 {
		t.Errorf("dead letters after the replay: %q", got)
	}
}

// TestForgottenMail: the replay of a mail that is not kept any more fails, and its letter stays.
func TestForgottenMail(t *testing.T) {
	t.Parallel()
	f := start(t, func(string) error { return &smtp.SMTPError{Code: 550, Message: "no such user"} })
	f.addHook(buyer, "https://shop.example.com/tickets")
	f.send()
	f.pass(31 * 24 * time.Hour)
	f.Must(f.Tick("sweep-deliveries"))
	letters, err := f.service.DeadLetters.List(t.Context(), 0, 100)
	f.Must(err)
	if err := f.service.Replay(t.Context(), letters[0]); err == nil || !strings.Contains(err.Error(), "is not kept any more") || len(f.reasons()) != 1 {
		t.Errorf("%v, dead letters: %q", err, f.reasons())
	}
}
