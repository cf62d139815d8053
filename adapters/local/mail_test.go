package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/embedded/mailserver"
)

// TestMails: what people do ends with mails in the mailbox, whose links work; each comes once.
func TestMails(t *testing.T) {
	t.Parallel()
	s := systemtest.Local(t, systemtest.Buses["NATS Streaming"], nil)
	buyer, waiting := s.Visitor(), s.Visitor()
	for _, u := range []*systemtest.User{buyer, waiting} {
		if err := u.SignUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		confirm := awaitMail(t, s, u, "Confirm your e-mail address")
		must(t, u, "POST", "/api/users/confirm", fmt.Sprintf(`{"token":%q}`, token(t, confirm, "/confirm/")), http.StatusOK)
	}

	order := s.Reserve(t, buyer, "42.50")
	list := fmt.Sprintf("/api/notifications/waiting/%d", order.TicketID)
	s.Eventually(t, "the ticket can be waited for", func(ctx context.Context) error { return answers(ctx, waiting, "PUT", list, "", http.StatusOK) })
	if _, err := buyer.CancelOrder(t.Context(), order.ID); err != nil {
		t.Fatal(err)
	}
	awaitMail(t, s, waiting, "Available again: ")

	paid := s.Purchase(t, buyer, func() {})
	receipt := awaitMail(t, s, buyer, "Your ticket: ")
	if !strings.Contains(receipt.Text, fmt.Sprintf("/orders/%d/pass\r\n", paid.ID)) {
		t.Errorf("no way to the pass in %s", receipt.Text)
	}

	must(t, s.Visitor(), "POST", "/api/users/password/reset-request", fmt.Sprintf(`{"email":%q}`, buyer.Credentials.Email), http.StatusAccepted)
	reset := awaitMail(t, s, buyer, "Choose a new password")
	body := fmt.Sprintf(`{"token":%q,"password":"a password that is new"}`, token(t, reset, "/reset/"))
	must(t, s.Visitor(), "POST", "/api/users/password/reset", body, http.StatusOK)
	buyer.Credentials.Password = "a password that is new"
	if err := buyer.SignIn(t.Context()); err != nil {
		t.Errorf("the new password: %v", err)
	}
	seen := map[string]int{}
	for _, m := range mails(t, s, buyer) {
		seen[m.Subject]++
	}
	if len(seen) != 3 || seen[receipt.Subject] != 1 {
		t.Errorf("mails: %v", seen)
	}
}

// mails are those to a user.
func mails(t *testing.T, s *systemtest.System, u *systemtest.User) (all []mailserver.Mail) {
	t.Helper()
	status, body, err := s.Visitor().Send(t.Context(), "GET", "/mailbox/mails.json?to="+u.Credentials.Email, "", nil)
	if err == nil {
		err = json.Unmarshal(body, &all)
	}
	if err != nil || status != http.StatusOK {
		t.Fatalf("%d %s %v", status, body, err)
	}
	return all
}

// awaitMail waits for a mail to a user whose subject begins so.
func awaitMail(t *testing.T, s *systemtest.System, u *systemtest.User, subject string) (found mailserver.Mail) {
	t.Helper()
	s.Eventually(t, "the mail "+subject, func(context.Context) error {
		all := mails(t, s, u)
		for _, found = range all {
			if strings.HasPrefix(found.Subject, subject) {
				return nil
			}
		}
		return fmt.Errorf("%d others", len(all))
	})
	return found
}

// token is that of a mail's link to a page.
func token(t *testing.T, m mailserver.Mail, page string) string {
	t.Helper()
	_, rest, found := strings.Cut(m.Text, page)
	if !found {
		t.Fatalf("no link to %s in %s", page, m.Text)
	}
	return strings.Fields(rest)[0]
}

func must(t *testing.T, u *systemtest.User, method, path, body string, want int) {
	t.Helper()
	if err := answers(t.Context(), u, method, path, body, want); err != nil {
		t.Fatal(err)
	}
}

// answers sends JSON, and returns an error unless the answer has that status.
func answers(ctx context.Context, u *systemtest.User, method, path, body string, want int) error {
	status, answer, err := u.Send(ctx, method, path, body, http.Header{"Content-Type": {"application/json"}})
	if err == nil && status != want {
		err = fmt.Errorf("%s %s: %d %s, want %d", method, path, status, answer, want)
	}
	return err
}
