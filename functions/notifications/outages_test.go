package notifications_test

import (
	"net"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/gittix/ticketing/shared/embedded/mailserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// TestShortOutage: mails to a server that is away are tried again soon, however often they were: a link that lives half an hour arrives.
func TestShortOutage(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_ = listener.Close()
	f := with(t, "smtp://"+address+"?tls=none", "20s")
	ask := event.MailRequest{ID: "a", UserID: buyer, Kind: event.MailReset, ExpiresAt: timestamp.Of(f.now().Add(30 * time.Minute))}
	functiontest.Deliver(t, f.Run, "request-mail", event.AuthMailRequested, ask)
	for range 7 * 4 {
		f.send()
		f.pass(15 * time.Second)
	}
	f.mails, err = mailserver.Open(mailserver.Config{Dir: t.TempDir()})
	f.Must(err)
	listener, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	f.Must(err)
	f.mails.Serve(listener)
	t.Cleanup(func() { _ = f.mails.Close() })
	f.pass(2 * time.Minute)
	f.send()
	f.wants(buyer, "Choose a new password")
}

// refusesUs is a mail server that takes nothing from this sender.
type refusesUs struct{ smtp.Session }

func (refusesUs) Reset()        {}
func (refusesUs) Logout() error { return nil }
func (refusesUs) Mail(string, *smtp.MailOptions) error {
	return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 4, 5}, Message: "daily quota exceeded"}
}

// TestSenderRefused: what the server says for good to us, not to the recipient, costs no mail.
func TestSenderRefused(t *testing.T) {
	t.Parallel()
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return refusesUs{}, nil }))
	server.Domain = "localhost"
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	f := with(t, "smtp://"+listener.Addr().String()+"?tls=none", "20s")
	f.note(f.order(1, 1, event.OrderIsComplete))
	for range 3 {
		f.send()
		f.pass(2 * time.Minute)
	}
	if got := f.reasons(); len(got) != 0 {
		t.Errorf("dead letters: %q", got)
	}
	f.Counted(map[string]float64{"deliveries_total channel=mail outcome=retried": 3})
}

// TestSaysNothing: a server that takes connections and says nothing costs one attempt its time, and the mail waits.
func TestSaysNothing(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	f := with(t, "smtp://"+listener.Addr().String()+"?tls=none", "500ms")
	f.note(f.order(1, 1, event.OrderIsComplete))
	f.send()
	f.Counted(map[string]float64{"deliveries_total channel=mail outcome=retried": 1})
	if due := f.Due("send-mails"); !due.After(f.now()) {
		t.Errorf("due at %v, now is %v", due, f.now())
	}
}
