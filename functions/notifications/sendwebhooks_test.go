package notifications_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// verifies reports whether the library that programs use takes a call for genuine.
func verifies(t *testing.T, secret string, c call) bool {
	t.Helper()
	hook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return hook.VerifyIgnoringTimestamp(c.body, c.header) == nil
}

// TestWebhook: what happens to the user's own orders is told once, as it was, signed as Standard Webhooks want it.
func TestWebhook(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p := newProgram(t, answering(204))
	hook := h.hook(5, p.URL, "order.paid", "order.refunded")
	for range 2 {
		h.paid(1, 5)
		h.paid(2, 6)                                                                                             // another's
		functiontest.Deliver(t, h.Run, "note-order", event.OrderCreated, h.order(3, 5, 0, event.OrderIsCreated)) // not asked for
		h.send()
	}
	calls := p.got()
	if len(calls) != 1 {
		t.Fatalf("%d calls", len(calls))
	}
	c := calls[0]
	library, err := standardwebhooks.NewWebhook(hook.Secret)
	h.Must(err)
	h.Must(library.Verify(c.body, c.header))
	var said struct {
		Type      string
		Timestamp time.Time
		Data      event.Order
	}
	h.Must(json.Unmarshal(c.body, &said))
	if said.Type != "order.paid" || said.Data.ID != 1 || said.Data.Ticket.Title != "Cup final" || said.Timestamp.IsZero() || c.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %v", c.body, c.header)
	}
	if verifies(t, hook.Secret, call{c.header, append(c.body, ' ')}) {
		t.Error("another body passes for genuine")
	}
	if log := h.log(5, hook.Webhook.ID); len(log) != 1 || log[0].State != "sent" || log[0].Attempts != 1 || log[0].Event != "order.paid" {
		t.Errorf("%+v", log)
	}
}

// TestWebhookOfTickets: the seller's program is told of each version, and of a sale by its name.
func TestWebhookOfTickets(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p := newProgram(t, answering(200))
	h.hook(5, p.URL, "ticket.created", "ticket.updated", "ticket.sold")
	order := int32(9)
	ticket := event.Ticket{ID: 7, Title: "Cup final", Price: 4250, UserID: 5, Status: event.TicketIsAvailable, UpdatedAt: h.order(1, 1, 0, "x").UpdatedAt}
	functiontest.Deliver(t, h.Run, "note-ticket", event.TicketCreated, ticket)
	ticket.Version, ticket.OrderID, ticket.Status = 1, &order, event.TicketIsReserved
	functiontest.Deliver(t, h.Run, "note-ticket", event.TicketUpdated, ticket)
	ticket.Version, ticket.Status = 2, event.TicketIsSold
	functiontest.Deliver(t, h.Run, "note-ticket", event.TicketUpdated, ticket)
	h.send()
	var types []string
	for _, c := range p.got() {
		var said struct{ Type string }
		h.Must(json.Unmarshal(c.body, &said))
		types = append(types, said.Type)
	}
	if got := strings.Join(types, " "); got != "ticket.created ticket.updated ticket.sold" {
		t.Error(got)
	}
}

// TestWebhookSecretRotates: for a day, calls are signed by both secrets, then by the new one; what was before both counts no more.
func TestWebhookSecretRotates(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p := newProgram(t, answering(200))
	first := h.hook(5, p.URL, "order.paid")
	rotate := func() string {
		a := h.Call(5, "POST", fmt.Sprintf("%s/%d/rotate", hooks, first.Webhook.ID), "")
		return functiontest.Parse[notifications.WebhookSecret](t, a, 200).Secret
	}
	secrets := []string{first.Secret, rotate()}
	check := func(order int32, want ...bool) {
		t.Helper()
		h.paid(order, 5)
		h.send()
		calls := p.got()
		if len(calls) != 1 {
			t.Fatalf("%d calls", len(calls))
		}
		for i, secret := range secrets {
			if verifies(t, secret, calls[0]) != want[i] {
				t.Errorf("order %d: signed by secret %d: %v", order, i, !want[i])
			}
		}
	}
	check(1, true, true)
	h.later(25 * time.Hour)
	check(2, false, true)
	secrets = append(secrets, rotate())
	check(3, false, true, true)
	secrets = append(secrets, rotate())
	check(4, false, false, true, true)
	if stored := found[string](h, `SELECT string_agg(webhook_secrets::text, ' ') FROM webhook_secrets`); strings.Contains(stored, strings.TrimPrefix(secrets[3], "whsec_")) {
		t.Error("a secret is stored as it is")
	}
}

// TestWebhookIsRetried: with the same id, until it is answered with 2xx.
func TestWebhookIsRetried(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p, status := failing(t)
	hook := h.hook(5, p.URL, "order.paid")
	h.paid(1, 5)
	h.send()
	if log := h.log(5, hook.Webhook.ID); log[0].State != "waiting" || log[0].Reason != "it answered 500" {
		t.Errorf("%+v", log)
	}
	h.send() // not yet
	status.Store(200)
	h.later(time.Minute)
	h.send()
	calls := p.got()
	if len(calls) != 2 || calls[0].header.Get("webhook-id") != calls[1].header.Get("webhook-id") || calls[0].header.Get("webhook-timestamp") == calls[1].header.Get("webhook-timestamp") ||
		!verifies(t, hook.Secret, calls[1]) {
		t.Errorf("%d calls", len(calls))
	}
	if log := h.log(5, hook.Webhook.ID); log[0].State != "sent" || log[0].Attempts != 2 {
		t.Errorf("%+v", log)
	}
}

// TestBadWebhooks: one that hangs, one that answers 500 for ever and one that leads to the cloud's metadata keep no other waiting, and are given up within
// some day: then their users see why, and no operator is called.
func TestBadWebhooks(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	over := make(chan struct{})
	redirect := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusTemporaryRedirect)
	}
	reasons := map[int32]string{}
	for url, why := range map[string]string{
		newProgram(t, func(http.ResponseWriter, *http.Request) { <-over }).URL: "no answer within 10 s",
		newProgram(t, answering(500)).URL:                                      "it answered 500",
		newProgram(t, redirect).URL:                                            "it answered 307: redirects are not followed",
	} {
		reasons[h.hook(5, url, "order.paid").Webhook.ID] = why
	}
	t.Cleanup(func() { close(over) })
	good := newProgram(t, answering(200))
	h.hook(6, good.URL, "order.paid")
	h.paid(1, 5)
	done := make(chan error)
	go func() { done <- h.Tick("send-webhooks") }()
	h.paid(2, 6) // behind the others, while one of them hangs
	<-good.calls
	h.Must(<-done)
	for id, why := range reasons {
		if log := h.log(5, id); log[0].State != "waiting" || log[0].Reason != why {
			t.Errorf("%+v, want %s", log, why)
		}
	}
	h.later(25 * time.Hour)
	h.send() // the last attempt
	for id, why := range reasons {
		if log := h.log(5, id); log[0].State != "dead" || log[0].Reason != why {
			t.Errorf("%+v, want %s", log, why)
		}
	}
	if n := found[int](h, `SELECT count(*) FROM dead_letters`); n > 0 || h.Logged("event goes to the dead letters") > 0 {
		t.Errorf("%d letters for the operator", n)
	}
}

// TestFailingWebhookIsDisabled: after three days without a success, and its user is told once; so is one that answers 410.
func TestFailingWebhookIsDisabled(t *testing.T) {
	t.Parallel()
	h := startHooks(t, nil)
	p := newProgram(t, answering(503))
	hook := h.hook(5, p.URL, "order.paid").Webhook
	gone := h.hook(6, newProgram(t, answering(410)).URL, "order.paid").Webhook
	for order := range int32(4) {
		h.paid(order+1, 5)
		h.paid(order+11, 6)
		h.send()
		h.later(25 * time.Hour)
		h.send()
	}
	enabled := func(user int32) bool {
		return functiontest.Parse[[]notifications.Webhook](t, h.Call(user, "GET", hooks, ""), 200)[0].Enabled
	}
	if enabled(5) || enabled(6) {
		t.Error("they are enabled")
	}
	for _, user := range []int32{5, 6} {
		if n := found[int](h, `SELECT count(*) FROM deliveries WHERE channel = 'mail' AND kind = 'disabled' AND target = $1`, fmt.Sprint("user/", user)); n != 1 {
			t.Errorf("user %d is told %d times", user, n)
		}
	}
	if log := h.log(6, gone.ID); len(log) != 1 || log[0].State != "dropped" {
		t.Errorf("%+v", log)
	}
	p.Config.Handler = answering(200)
	a := h.Call(5, "PATCH", fmt.Sprint(hooks, "/", hook.ID), `{"enabled":true}`)
	if w := functiontest.Parse[notifications.WebhookReply](t, a, 200).Webhook; !w.Enabled || w.FailingSince != nil {
		t.Errorf("%+v", w)
	}
	h.paid(99, 5)
	h.send()
	if log := h.log(5, hook.ID); log[0].State != "sent" {
		t.Errorf("%+v", log[0])
	}
}
