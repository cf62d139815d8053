package notifications_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestErrorOfOurs: what goes wrong here is not shown to the webhook's user, nor held against the webhook.
func TestErrorOfOurs(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	hook := h.hook(5, newProgram(t, answering(200)).URL, "order.paid").Webhook
	h.paid(1, 5)
	h.values = h.values.With(config.Values{"WEBHOOK_KEY": strings.Repeat("another", 5)})
	h.Must(h.again().Tick("send-webhooks"))
	if log := h.log(5, hook.ID); log[0].State != "waiting" || log[0].Reason != "an error of ours" {
		t.Errorf("%+v", log)
	}
	if failing := found[bool](h, `SELECT failing_since IS NOT NULL OR paused_until IS NOT NULL FROM webhooks`); failing {
		t.Error("the webhook is said to fail")
	}
	h.later(time.Minute)
	h.send() // by the key of before
	if log := h.log(5, hook.ID); log[0].State != "sent" {
		t.Errorf("%+v", log)
	}
}

// TestReplayedMail: a mail that was given up is sent when its event is replayed, though that event makes no such mail any more.
func TestReplayedMail(t *testing.T) {
	t.Parallel()
	var back atomic.Bool
	mails, url := serveMails(t, until(&back, 550, "no such user"))
	h := startHooks(t, config.Values{"SMTP_URL": url, "MAIL_FROM": "tickets@shop.example", "TRUSTED_ORIGINS": "https://shop.example"})
	functiontest.Deliver(t, h.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: 5, Email: addresses[5], Confirmed: true})
	hook := h.hook(5, newProgram(t, answering(410)).URL, "order.created").Webhook
	functiontest.Deliver(t, h.Run, "note-order", event.OrderCreated, h.order(1, 5, 0, event.OrderIsCreated))
	h.send()
	h.Must(h.Tick("send-mails"))
	back.Store(true)
	if log := h.log(5, hook.ID); len(log) != 1 || log[0].State != "dropped" || !strings.Contains(log[0].Reason, "it answered 410") {
		t.Errorf("%+v", log)
	}
	letters := len(h.reasons())
	h.replay()
	h.Must(h.Tick("send-mails"))
	if got := mails.Mails(addresses[5]); letters != 2 || len(got) != 2 || got[1].Subject != "Your webhook was disabled" {
		t.Errorf("%d letters, %+v", letters, got)
	}
}

// TestFirstFailureForDays: a webhook whose last message was given up days ago is tried again before it is disabled, and soon.
func TestFirstFailureForDays(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p, status := failing(t)
	hook := h.hook(5, p.URL, "order.paid").Webhook
	h.paid(1, 5)
	h.send()
	h.later(25 * time.Hour)
	h.send() // given up
	h.later(4 * 24 * time.Hour)
	h.paid(2, 5)
	h.send()
	status.Store(200)
	h.later(10 * time.Second)
	h.send()
	if log := h.log(5, hook.ID); log[0].State != "sent" {
		t.Errorf("%+v", log[0])
	}
}

// TestNewAddressBeginsAnew: what another address did is not held against the new one.
func TestNewAddressBeginsAnew(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	hook := h.hook(5, newProgram(t, answering(500)).URL, "order.paid").Webhook
	h.paid(1, 5)
	h.send()
	p := newProgram(t, answering(200))
	a := h.Call(5, "PATCH", fmt.Sprint(hooks, "/", hook.ID), functiontest.Text(map[string]any{"url": p.URL}))
	if w := functiontest.Parse[notifications.WebhookReply](t, a, 200).Webhook; w.FailingSince != nil {
		t.Errorf("%+v", w)
	}
	h.paid(2, 5)
	h.send()
	if calls := len(p.got()); calls != 1 {
		t.Errorf("%d calls", calls)
	}
}
