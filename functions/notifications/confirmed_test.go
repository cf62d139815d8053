package notifications_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

// startMailedHooks starts the service where mails are sent.
func startMailedHooks(t *testing.T) *hooked {
	t.Helper()
	mails, url := serveMails(t, nil)
	h := startHooks(t, config.Values{"SMTP_URL": url, "MAIL_FROM": "tickets@shop.example", "TRUSTED_ORIGINS": "https://shop.example"})
	h.mails = mails
	return h
}

// account delivers a version of a user's account.
func (h *hooked) account(user, version int32, confirmed bool) {
	h.t.Helper()
	functiontest.Deliver(h.t, h.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: user, Email: addresses[user], Version: version, Confirmed: confirmed})
}

const disabled = "Your webhook was disabled"

// TestDisabledWebhookIsTold: whoever has webhooks disabled again and again gets one mail within an hour, and none at an address that is not confirmed, which
// may be another person's.
func TestDisabledWebhookIsTold(t *testing.T) {
	t.Parallel()
	h := startMailedHooks(t)
	p := newProgram(t, answering(410))
	h.account(buyer, 0, true)
	h.account(first, 0, true)
	ordered := func(order, user int32) {
		functiontest.Deliver(t, h.Run, "note-order", event.OrderCreated, h.order(order, user, 0, event.OrderIsCreated))
	}
	hook := h.hook(buyer, p.URL, "order.created").Webhook
	h.hook(buyer, p.URL, "order.created")
	h.hook(first, p.URL, "order.created")
	ordered(1, buyer)
	ordered(2, first)
	h.send()
	h.account(first, 1, false)
	again := func(order int32) {
		functiontest.Parse[notifications.WebhookReply](t, h.Call(buyer, "PATCH", fmt.Sprint(hooks, "/", hook.ID), `{"enabled":true}`), 200)
		ordered(order, buyer)
		h.send()
		h.Must(h.Tick("send-mails"))
	}
	again(3)
	h.wants(buyer, added, disabled)
	h.wants(first)
	h.later(time.Hour)
	again(4)
	h.wants(buyer, added, disabled, disabled)
	if calls := len(p.got()); calls != 5 {
		t.Errorf("%d calls", calls)
	}
}

const unconfirmed = "Email not confirmed."

// TestUnconfirmedAddress: where mails are sent, whoever has not confirmed the address, which may be another person's, gives no address that is called.
func TestUnconfirmedAddress(t *testing.T) {
	t.Parallel()
	h := startMailedHooks(t)
	p := newProgram(t, answering(200))
	body := functiontest.Text(map[string]any{"url": p.URL, "events": []string{"order.paid"}})
	h.Refuses(buyer, "POST", hooks, body, 403, unconfirmed) // an account that is not known yet
	h.account(buyer, 0, false)
	h.Refuses(buyer, "POST", hooks, body, 403, unconfirmed)
	h.account(buyer, 1, true)
	hook := h.hook(buyer, p.URL, "order.paid").Webhook
	at := fmt.Sprint(hooks, "/", hook.ID)
	h.paid(1, buyer)
	h.send()
	h.account(buyer, 2, false) // after a restore of auth
	h.paid(2, buyer)
	functiontest.Parse[notifications.Resent](t, h.Call(buyer, "POST", fmt.Sprint(hooks, "/deliveries/", h.log(buyer, hook.ID)[1].ID, "/send"), ""), 202)
	h.send()
	if calls := len(p.got()); calls != 1 {
		t.Errorf("%d calls", calls)
	}
	for _, d := range h.log(buyer, hook.ID) {
		if d.State != "dropped" || d.Reason != "the webhook was paused, disabled or ended, or its user's address is not confirmed" {
			t.Errorf("%+v", d)
		}
	}
	h.Refuses(buyer, "PATCH", at, `{"url":"http://thief.example.com/"}`, 403, unconfirmed)
	functiontest.Parse[notifications.WebhookReply](t, h.Call(buyer, "PATCH", at, `{"enabled":false,"events":["order.created"]}`), 200)
	h.Refuses(buyer, "PATCH", at, `{"enabled":true}`, 403, unconfirmed)
	h.Refuses(buyer, "PATCH", hooks+"/99", `{"enabled":true}`, 404, "Webhook not found.")
	functiontest.Deliver(t, h.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: buyer, Email: addresses[buyer], Version: 3, Confirmed: true, Generation: 1})
	h.Refuses(buyer, "POST", hooks, body, 403, unconfirmed) // by a session that a new password has ended, of which the event comes later
	keys := session.Keys{Secret: []byte(functiontest.Secret), Secure: true}
	cookie, err := keys.Cookie(keys.New(buyer, addresses[buyer], 1))
	h.Must(err)
	functiontest.Parse[notifications.WebhookSecret](t, h.Send("POST", hooks, body, http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}), 201)
}

// TestAccountIsTakenBack: whoever confirms an address has no webhooks called that were made before, while no mails were sent, perhaps by another person.
func TestAccountIsTakenBack(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p := newProgram(t, answering(200))
	hook := h.hook(buyer, p.URL, "order.paid").Webhook
	h.account(buyer, 0, false)
	h.paid(1, buyer)
	h.account(buyer, 1, true)
	h.paid(2, buyer)
	h.send()
	if calls := len(p.got()); calls != 0 {
		t.Errorf("%d calls", calls)
	}
	functiontest.Parse[notifications.WebhookReply](t, h.Call(buyer, "PATCH", fmt.Sprint(hooks, "/", hook.ID), `{"enabled":true}`), 200)
	h.account(buyer, 2, true)
	h.account(buyer, 1, true)
	h.paid(3, buyer)
	h.send()
	if calls := len(p.got()); calls != 1 {
		t.Errorf("%d calls after it was enabled", calls)
	}
}

// TestConfirmedUserIsTold: whoever confirms an address gets one mail if webhooks that were called are disabled by it, and none of those that were not called.
func TestConfirmedUserIsTold(t *testing.T) {
	t.Parallel()
	h := startMailedHooks(t)
	h.account(buyer, 0, true)
	paused := h.hook(buyer, "https://shop.example.com/paused", "order.paid").Webhook
	functiontest.Parse[notifications.WebhookReply](t, h.Call(buyer, "PATCH", fmt.Sprint(hooks, "/", paused.ID), `{"enabled":false}`), 200)
	h.hook(buyer, "https://shop.example.com/called", "order.paid")
	h.hook(buyer, "https://shop.example.com/called", "order.paid")
	h.account(first, 0, true)
	h.hook(first, "https://shop.example.com/another", "order.paid")
	h.Must(h.Tick("send-mails"))
	for version := int32(1); version < 5; version++ { // after a restore of auth, and again when all are disabled
		h.account(buyer, version, version%2 == 0)
		h.Must(h.Tick("send-mails"))
		h.later(time.Hour)
	}
	h.wants(buyer, added, disabled)
	h.wants(first, added)
	for _, m := range h.mails.Mails(addresses[buyer]) {
		if m.Subject == disabled && (!strings.Contains(m.Text, "Your address was confirmed") || !strings.Contains(m.Text, "https://shop.example.com/called") || strings.Contains(m.Text, "three days")) {
			t.Errorf("%+v", m)
		}
	}
}
