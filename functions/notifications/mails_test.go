package notifications_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestReceipt: a paid order makes one mail, however often and in which order its events come, with the way to the pass.
func TestReceipt(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.ticket(0, event.TicketIsAvailable, 0)
	created, paid := f.order(1, 0, event.OrderIsCreated), f.order(1, 1, event.OrderIsComplete)
	disputed := paid
	disputed.Version, disputed.Dispute = 2, event.DisputeOpen
	for _, o := range []event.Order{paid, created, paid, disputed, paid} {
		f.note(o)
	}
	f.send()
	f.send()
	f.wants(buyer, "Your ticket: Cup final")
	m := f.mails.Mails(addresses[buyer])[0]
	for _, part := range []string{m.Text, m.HTML} {
		if !strings.Contains(part, "https://shop.example/shop/orders/1/pass") || !strings.Contains(part, "$42.50") {
			t.Errorf("no way to the pass, or no price, in %s", part)
		}
	}
	if m.From != "tickets@shop.example" || m.Header.Get("Auto-Submitted") != "auto-generated" || m.Header.Get("List-Unsubscribe") != "" || !strings.HasSuffix(m.MessageID, "@shop.example>") {
		t.Errorf("header: %v", m.Header)
	}
}

// TestOldNews: what happened long ago is announced again after a restore, or to a service that is new; no mail says so.
func TestOldNews(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	paid := f.order(1, 1, event.OrderIsComplete)
	f.pass(8 * 24 * time.Hour)
	f.note(paid)
	f.send()
	f.wants(buyer)
}

// TestRefunded: the buyer is told once that the money went back.
func TestRefunded(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	o := f.order(1, 3, event.OrderIsCancelled)
	o.RefundedAt = &o.UpdatedAt
	f.note(o)
	o.Version++
	f.note(o)
	f.send()
	f.wants(buyer, "Your money went back: Cup final")
}

// TestExpiring: who has not paid is told when a third of the time is left; who has, or has let it go, is not; nor before.
func TestExpiring(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	open, paid, extended := f.order(1, 0, event.OrderIsCreated), f.order(2, 0, event.OrderIsCreated), f.order(3, 0, event.OrderIsCreated)
	extended.UserID = first
	for _, o := range []event.Order{open, paid, extended} {
		f.note(o)
	}
	paid.Version, paid.Status = 1, event.OrderIsCancelled
	f.note(paid)
	extended.Version, extended.ExpiresAt = 1, timestamp.Of(extended.ExpiresAt.Add(10*time.Minute))
	f.note(extended)
	open.Version = 1 // until the same time
	f.note(open)
	f.pass(9 * time.Minute)
	f.send()
	f.wants(buyer)
	f.pass(2 * time.Minute)
	f.send()
	f.wants(buyer, "Your order is about to expire: Cup final")
	f.wants(first)
	f.pass(7 * time.Minute)
	f.send()
	f.wants(first, "Your order is about to expire: Cup final")
}

// TestSold: the seller is told once.
func TestSold(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.ticket(1, event.TicketIsReserved, 1)
	for range 2 {
		f.ticket(2, event.TicketIsSold, 1)
	}
	f.ticket(3, event.TicketIsSold, 1)
	f.send()
	f.wants(seller, "Sold: Cup final")
}

// TestLinks: a mail that auth asks for has a link that auth takes for this purpose; one that is no longer of use is not sent.
func TestLinks(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	ask := func(id string, kind event.MailKind, rest time.Duration) {
		functiontest.Deliver(t, f.Run, "request-mail", event.AuthMailRequested, event.MailRequest{ID: id, UserID: buyer, Kind: kind, ExpiresAt: timestamp.Of(f.now().Add(rest))})
	}
	ask("a", event.MailReset, 30*time.Minute)
	f.send()
	ask("b", event.MailConfirm, time.Hour)
	f.pass(59 * time.Minute)
	f.send()
	ask("c", event.MailReset, time.Minute)
	f.pass(time.Minute)
	f.send()
	f.wants(buyer, "Choose a new password", "Confirm your e-mail address")
	keys, err := maillink.Settings{LinkSecrets: session.Secrets{[]byte(linkKey)}}.Keys()
	f.Must(err)
	keys.Now = f.now
	for i, purpose := range []maillink.Purpose{maillink.Reset, maillink.Confirm} {
		m := f.mails.Mails(addresses[buyer])[i]
		_, rest, _ := strings.Cut(m.Text, "https://shop.example/shop/"+string(purpose)+"/")
		token, _, _ := strings.Cut(rest, "\n")
		link, err := keys.Verify(purpose, token)
		if want := []string{"a", "b"}[i]; link.UserID != buyer || link.ID != want || !errors.Is(err, maillink.ErrExpired) { // by now
			t.Errorf("%s: %+v, %v", purpose, link, err)
		}
		if f.Logged(token) > 0 {
			t.Error("the link is in the log")
		}
	}
}

// TestHeaders: what people write adds no header, no recipient and no markup.
func TestHeaders(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	paid := f.order(1, 1, event.OrderIsComplete)
	paid.Ticket.Title = "Fin\r\nBcc: spy@example.com\r\n\r\n<script>alert(1)</script> für €"
	f.note(paid)
	f.send()
	all := f.mails.Mails("")
	if len(all) != 1 || all[0].Header.Get("Bcc") != "" || len(all[0].Header["To"]) != 1 || strings.Contains(all[0].HTML, "<script>") || !strings.Contains(all[0].Subject, "für €") {
		t.Errorf("%+v", all)
	}
}

// TestStopMails: a mail that need not be has one-click unsubscription, after which there are no more of its kind, but those that have to be.
func TestStopMails(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.note(f.order(1, 0, event.OrderIsCreated))
	f.pass(11 * time.Minute)
	f.send()
	m := f.mails.Mails(addresses[buyer])[0]
	if got := m.Header.Get("List-Unsubscribe-Post"); got != "List-Unsubscribe=One-Click" {
		t.Errorf("List-Unsubscribe-Post: %q", got)
	}
	address := strings.Trim(m.Header.Get("List-Unsubscribe"), "<>")
	path, ok := strings.CutPrefix(address, "https://shop.example/shop")
	if !ok {
		t.Fatalf("List-Unsubscribe: %q", address)
	}
	f.Refuses(0, "POST", path+"x", "", 400, "Invalid link.")
	if a := f.Send("POST", path, "List-Unsubscribe=One-Click", map[string][]string{"Content-Type": {"application/x-www-form-urlencoded"}}); a.Status != 200 {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	f.note(f.order(2, 0, event.OrderIsCreated))
	f.note(f.order(3, 1, event.OrderIsComplete))
	f.pass(11 * time.Minute)
	f.send()
	f.wants(buyer, "Your order is about to expire: Cup final", "Your ticket: Cup final")
	f.Call(buyer, "PUT", "/api/notifications/preferences", `{"optionalMails":true}`)
	f.note(f.order(4, 0, event.OrderIsCreated))
	f.pass(11 * time.Minute)
	f.send()
	if got := f.got(buyer); len(got) != 3 {
		t.Errorf("after coming back: %q", got)
	}
}

// TestUnconfirmed: to an address that may be another's go the mails that have to be, and no others.
func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	functiontest.Deliver(t, f.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: buyer, Email: addresses[buyer], Version: 1})
	f.note(f.order(1, 0, event.OrderIsCreated))
	f.note(f.order(2, 1, event.OrderIsComplete))
	f.pass(11 * time.Minute)
	f.send()
	f.wants(buyer, "Your ticket: Cup final")
}

// TestDomain: a domain of other letters is written as every mail server takes it.
func TestDomain(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 1)
	f := start(t, func(to string) error { asked <- to; return nil })
	functiontest.Deliver(t, f.Run, "copy-account", event.AuthAccountChanged, event.Account{UserID: buyer, Email: "max@bücher-laden.example", Version: 1})
	f.note(f.order(1, 1, event.OrderIsComplete))
	f.send()
	const address = "max@xn--bcher-laden-thb.example"
	if all := f.mails.Mails(address); len(all) != 1 || <-asked != address {
		t.Errorf("%+v", f.mails.Mails(""))
	}
}

// TestSentLate: a mail has the date at which it is sent, so that it is found where it comes in.
func TestSentLate(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	f.note(f.order(1, 1, event.OrderIsComplete))
	f.pass(2 * 24 * time.Hour)
	f.send()
	if m := f.mails.Mails(addresses[buyer]); len(m) != 1 || !m[0].Date.Equal(f.now().Truncate(time.Second)) {
		t.Errorf("%+v, want the date %v", m, f.now())
	}
}
