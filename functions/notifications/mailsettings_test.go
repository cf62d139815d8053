package notifications_test

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/mailserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestMailSettings: what could not be used is refused at start, without the password.
func TestMailSettings(t *testing.T) {
	t.Parallel()
	functiontest.Settings(t, notifications.New, config.Values{
		"DATABASE_URL": "postgres://127.0.0.1:1/none", "JWT_SECRET": functiontest.Secret, "MAIL_LINK_KEY": linkKey, "WEBHOOK_KEY": functiontest.Secret,
		"SMTP_URL": "smtp://mail.example:587", "MAIL_FROM": "tickets@shop.example", "TRUSTED_ORIGINS": "https://shop.example",
	}, []string{
		"SMTP_URL=smtps://user:s3cret@mail.example", "SMTP_URL=smtp://user:p%40ss@mail.example:2525", "SMTP_URL=smtp://127.0.0.1:1025?tls=none", "MAIL_FROM=Tickets <tickets@shop.example>",
	}, []string{
		"SMTP_URL=", "SMTP_URL=mail.example:587", "SMTP_URL=http://user:s3cret@mail.example", "SMTP_URL=smtp://user:s3cret@mail.example?tls=maybe", "SMTP_URL=smtps://mail.example?tls=none",
		"SMTP_URL=smtp://user@mail.example", "SMTP_URL=smtp://mail.example:0", "SMTP_URL=smtp://user:s3cret@mail.example/inbox", "SMTP_URL=smtp://",
		"MAIL_FROM=", "MAIL_FROM=tickets", "MAIL_FROM=a@b.example\r\nBcc: c@d.example", "TRUSTED_ORIGINS=", "SMTP_TIMEOUT=0s", "SMTP_TIMEOUT=1h",
	})
}

// TestHandsInByTLS: with a login, by STARTTLS and by TLS from the first byte on; to a server that is not who it should be, nothing is sent yet.
func TestHandsInByTLS(t *testing.T) {
	t.Parallel()
	for _, scheme := range []string{"smtp", "smtps"} {
		server, err := mailserver.Open(mailserver.Config{Dir: t.TempDir(), TLS: trusted.TLS, User: "user", Password: "s3cret"})
		if err != nil {
			t.Fatal(err)
		}
		listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := listener.Addr().(*net.TCPAddr).Port
		if scheme == "smtps" {
			listener = tls.NewListener(listener, trusted.TLS)
		}
		server.Serve(listener)
		t.Cleanup(func() { _ = server.Close() })
		for i, row := range []struct {
			login, host, outcome string
			mails                int
		}{{"user:s3cret", "localhost", "retried", 0}, {"user:wrong", "127.0.0.1", "retried", 0}, {"user:s3cret", "127.0.0.1", "sent", 1}} {
			f := with(t, fmt.Sprintf("%s://%s@%s:%d", scheme, row.login, row.host, port), "5s")
			f.note(f.order(1, 1, event.OrderIsComplete))
			f.send()
			f.Counted(map[string]float64{"deliveries_total channel=mail outcome=" + row.outcome: 1})
			if all := server.Mails(""); len(all) != row.mails {
				t.Errorf("%s %d: %+v", scheme, i, all)
			}
		}
	}
}

// TestTLSIsRequired: to a server without TLS nothing is sent, unless it was said so.
func TestTLSIsRequired(t *testing.T) {
	t.Parallel()
	server, err := mailserver.Open(mailserver.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Serve(listener)
	t.Cleanup(func() { _ = server.Close() })
	for _, scheme := range []string{"smtp", "smtps"} {
		f := with(t, scheme+"://user:s3cret@"+listener.Addr().String(), "5s")
		f.note(f.order(1, 1, event.OrderIsComplete))
		f.send()
		f.Counted(map[string]float64{"deliveries_total channel=mail outcome=retried": 1})
		if all := server.Mails(""); len(all) > 0 || f.Logged("s3cret") > 0 || strings.Contains(strings.Join(f.reasons(), ""), "s3cret") {
			t.Errorf("%s: %+v", scheme, all)
		}
	}
}
