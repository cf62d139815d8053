package notifications_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
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

// TestDisabledWebhookIsTold: whoever has webhooks disabled again and again gets one mail within an hour, and none at an address that is not confirmed, which
// may be another person's.
func TestDisabledWebhookIsTold(t *testing.T) {
	t.Parallel()
	h := startMailedHooks(t)
	const disabled = "Your webhook was disabled"
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
