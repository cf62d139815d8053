package notifications_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
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
	functiontest.Deliver(t, f.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: first, Email: addresses[first], Version: 1})
	f.addHook(first, "https://shop.example.com/") // whose address is not confirmed
	f.send()
	f.wants(first)
}

// TestNewWebhookIsNotTold: a mail about a webhook that is refused for good is a dead letter, too.
func TestNewWebhookIsNotTold(t *testing.T) {
	t.Parallel()
	f := start(t, func(string) error { return &smtp.SMTPError{Code: 550, Message: "no such user"} })
	f.addHook(buyer, "https://shop.example.com/tickets")
	f.send()
	if got := f.reasons(); len(got) != 1 || !strings.HasPrefix(got[0], "create-webhook: webhook to user/5: ") {
		t.Errorf("dead letters: %q", got)
	}
}
