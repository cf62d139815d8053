package mailserver_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/embedded/mailserver"
)

const sample = "From: Tickets <tickets@shop.example>\r\nTo: bob@example.com\r\nSubject: =?UTF-8?q?f=C3=BCr_dich?=\r\nMessage-ID: <1@shop.example>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\nplain\r\n--b\r\nContent-Type: text/html; charset=UTF-8\r\n\r\n<p>rich</p><script>alert(1)</script>\r\n--b--\r\n"

func open(t *testing.T, dir string) (s *mailserver.Server, address string) {
	t.Helper()
	s, err := mailserver.Open(mailserver.Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Serve(listener)
	t.Cleanup(func() { _ = s.Close() })
	return s, listener.Addr().String()
}

// TestMailsAreKept: a mail that was accepted is there, also after a restart, and the next one is another.
func TestMailsAreKept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 2 {
		s, address := open(t, dir)
		if err := smtp.SendMail(address, nil, "tickets@shop.example", []string{"bob@example.com"}, []byte(sample)); err != nil {
			t.Fatal(err)
		}
		if other := s.Mails("eve@example.com"); len(other) > 0 {
			t.Errorf("to others: %+v", other)
		}
		got := s.Mails("bob@example.com")
		if len(got) != i+1 {
			t.Fatalf("%d mails, want %d", len(got), i+1)
		}
		m := got[i]
		if m.Number != i+1 || m.Subject != "für dich" || strings.TrimSpace(m.Text) != "plain" || !strings.Contains(m.HTML, "<p>rich</p>") || m.MessageID != "<1@shop.example>" {
			t.Errorf("%+v", m)
		}
		_ = s.Close()
	}
}

// TestPages: the list and a mail are shown, and nothing of a mail runs.
func TestPages(t *testing.T) {
	t.Parallel()
	s, address := open(t, t.TempDir())
	if err := smtp.SendMail(address, nil, "tickets@shop.example", []string{"bob@example.com"}, []byte(sample)); err != nil {
		t.Fatal(err)
	}
	pages := s.Handler("/mailbox/")
	for path, want := range map[string]string{"/mailbox/": "für dich", "/mailbox/1": "plain", "/mailbox/1/html": "<p>rich</p>", "/mailbox/mails.json?to=bob@example.com": `"number":1`, "/mailbox/mails.json?to=x": "[]"} {
		answer := httptest.NewRecorder()
		pages.ServeHTTP(answer, ask(t, path, "127.0.0.1:1234", "localhost:8080"))
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), want) {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
		if policy := answer.Header().Get("Content-Security-Policy"); !strings.Contains(path, "json") && !strings.Contains(policy, "default-src 'none'") ||
			strings.HasSuffix(path, "html") && (!strings.Contains(policy, "sandbox") || strings.Contains(policy, "allow-scripts")) {
			t.Errorf("%s: policy %q", path, policy)
		}
	}
	answer := httptest.NewRecorder()
	if pages.ServeHTTP(answer, ask(t, "/mailbox/2", "[::1]:1234", "127.0.0.1")); answer.Code != http.StatusNotFound {
		t.Errorf("a mail that is none: %d", answer.Code)
	}
}

// TestPagesAreForThisHost: neither other machines nor pages of other sites, whose name may lead here, see them.
func TestPagesAreForThisHost(t *testing.T) {
	t.Parallel()
	s, _ := open(t, t.TempDir())
	pages := s.Handler("/mailbox/")
	for _, visit := range [][2]string{{"192.0.2.7:1234", "localhost:8080"}, {"127.0.0.1:1234", "shop.example"}, {"127.0.0.1:1234", "192.0.2.1:8080"}, {"127.0.0.1:1234", "localhost.shop.example"}, {"", ""}} {
		for _, path := range []string{"/mailbox/", "/mailbox/mails.json", "/mailbox/1", "/mailbox/1/html"} {
			answer := httptest.NewRecorder()
			if pages.ServeHTTP(answer, ask(t, path, visit[0], visit[1])); answer.Code != http.StatusForbidden {
				t.Errorf("%s from %s at %s: %d", path, visit[0], visit[1], answer.Code)
			}
		}
	}
}

// ask is a request by a client for a path of a host.
func ask(t *testing.T, path, client, host string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.RemoteAddr, r.Host = client, host
	return r
}
