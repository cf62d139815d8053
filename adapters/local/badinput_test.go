package local_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// What no endpoint accepts: as a number of a path, as a query, as a field of JSON, as a whole body, and as a form.
var (
	wrongNumbers = []string{"x", "0", "-1", "%2B1", "1.5", "1e3", "0x1", "2147483648", "99999999999999999999", "%00", "%ff", "%20"}
	wrongQueries = map[string][]string{
		"list-tickets": {"limit=0", "limit=x", "limit=1001", "after=%00", "after=-1", "userId=0", "userId=1e3", "available=1", "available=%ff", "q=%00", "q=%ff"},
		"list-orders":  {"limit=0", "limit=99999999999", "after=x", "after=%ff"},
	}
	wrongFields = []string{
		`null`, `true`, `[1]`, `{"a":1}`, `""`, `"  "`, `"\u0000"`, `0`, `-1`, `1.123`, `1e400`,
		strings.Repeat("9", 400), `"` + strings.Repeat("x", 10_000) + `"`,
	}
	nothing     = []string{`null`, `""`, `"  "`} // is what may be said of an optional field
	wrongBodies = []string{"", "[]", "{}", `{"a":`, "\x00", `{"title":"` + strings.Repeat("x", 1<<20) + `"}`}
	wrongForms  = []string{
		"", "%", "title=%00&price=%00&email=%00&password=%00&token=%00", "title=%ff&price=%ff&email=%ff&password=%ff&token=%ff",
		"title=&price=1e400&email=x&password=x&token=tok%20x", "title=x&price=-1&email=@&password=%20&token=4242424242424242",
		"title=" + strings.Repeat("x", 2<<20),
	}
)

// endpoints are the APIs' or the site's.
func endpoints(t *testing.T, site bool) (all []function.Endpoint) {
	t.Helper()
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		if contents.Stop(); (def.Name == "client") == site {
			all = append(all, contents.Endpoints...)
		}
	}
	return all
}

// send sends a request, which must get an answer.
func send(t *testing.T, u *systemtest.User, method, path, kind, body string) (status int, answer []byte) {
	t.Helper()
	status, answer, err := u.Send(t.Context(), method, path, body, http.Header{"Content-Type": {kind}})
	if err != nil {
		t.Errorf("%s %s %.60q: no answer: %v", method, path, body, err)
	}
	return status, answer
}

// refused sends JSON, which must be refused with a message and this status; 0: any of 4xx.
func refused(t *testing.T, u *systemtest.User, method, path, body string, want int) {
	t.Helper()
	status, answer := send(t, u, method, path, "application/json", body)
	var said struct{ Message, Code string }
	if status/100 != 4 || want != 0 && status != want || json.Unmarshal(answer, &said) != nil || said.Message == "" || said.Code == "" {
		t.Errorf("%s %s %.60q: %d %s, want %d", method, path, body, status, answer, want)
	}
}

// answered sends a form, which must not make the site fail.
func answered(t *testing.T, u *systemtest.User, method, path, form string) {
	t.Helper()
	if status, _ := send(t, u, method, path, "application/x-www-form-urlencoded", form); status >= http.StatusInternalServerError {
		t.Errorf("%s %s %.60q: %d", method, path, form, status)
	}
}

// testBadInput: what no endpoint accepts is refused with a 4xx that says why, and changes nothing. Nor does any form
// that the site does not accept, which it answers with a page.
func testBadInput(t *testing.T, s *systemtest.System) {
	u, sold := s.Visitor(), s.Purchase(t, s.User(t), func() {})
	if err := u.SignUp(t.Context()); err != nil { // auth judges no requests of a user whom it does not know
		t.Fatal(err)
	}
	s.AwaitSound(t)
	s.Eventually(t, "payments knows that the order is complete", func(ctx context.Context) error {
		n, err := postgres.One(ctx, s.Database("payments"), pgx.RowTo[int], `SELECT count(*) FROM payments WHERE status = 'succeeded' AND NOT kept OR next_attempt_at IS NOT NULL`)
		if err == nil && n > 0 {
			err = fmt.Errorf("%d payments are undecided", n)
		}
		return err
	})
	before := fingerprint(t, s)
	for _, e := range endpoints(t, false) {
		path, right := strings.ReplaceAll(e.Path, "{id}", "1"), rightBody(t, e)
		for _, wrong := range wrongNumbers {
			want := http.StatusBadRequest
			if e.Name == "resend-webhook-delivery" && wrong == "2147483648" { // its ids have 64 bits
				want = http.StatusNotFound
			}
			if path != e.Path {
				refused(t, u, e.Method, strings.ReplaceAll(e.Path, "{id}", wrong), whole(right), want)
			}
		}
		for _, query := range wrongQueries[e.Name] {
			refused(t, u, e.Method, path+"?"+query, "", http.StatusBadRequest)
		}
		for _, body := range wrongBodies {
			if len(right) > 0 || e.Name == "stripe-webhook" { // which reads what is signed
				refused(t, u, e.Method, path, body, 0)
			}
		}
		for field := range right {
			body := maps.Clone(right)
			said, status := !optional(e, field), http.StatusBadRequest
			if e.Name == "create-payment" && field == "token" {
				status = 0 // which is judged after the order
			}
			for _, wrong := range wrongFields {
				if !said && slices.Contains(nothing, wrong) || wrong == fmt.Sprint(right[field]) {
					continue
				}
				body[field] = json.RawMessage(wrong)
				refused(t, u, e.Method, path, whole(body), status)
			}
			if delete(body, field); said {
				refused(t, u, e.Method, path, whole(body), status)
			}
		}
	}
	for _, e := range endpoints(t, true) {
		if e.Name == "sign-out-form" || e.Name == "confirm-again-form" {
			continue // which are a button, and have no fields
		}
		path := strings.NewReplacer("{$}", "", "{name}", "x").Replace(e.Path)
		for _, wrong := range wrongNumbers {
			answered(t, u, e.Method, strings.ReplaceAll(path, "{id}", wrong)+"?after="+wrong+"&return="+wrong, "")
		}
		path = strings.NewReplacer("tickets/{id}", fmt.Sprint("tickets/", sold.TicketID), "orders/{id}", fmt.Sprint("orders/", sold.ID)).Replace(path)
		for _, form := range wrongForms {
			answered(t, u, e.Method, path, form)
		}
	}
	for table, print := range fingerprint(t, s) {
		if before[table] != print {
			t.Errorf("%s changed: %s, then %s", table, before[table], print)
		}
	}
}

// isPrivate reports whether an endpoint must need a session: all that is about one's own orders and payments, and
// all that changes something, but for what auth and Stripe's webhook do.
func isPrivate(service string, e function.Endpoint) bool {
	switch service {
	case "orders", "payments":
		return e.Name != "stripe-webhook" && e.Name != "get-pass-keys" && e.Name != "check-pass" // anyone may verify a pass
	case "notifications":
		return e.Name != "stop-mails" // whose mail has the key
	case "auth":
		return false
	}
	return e.Method != http.MethodGet
}

// whole is a body of these fields.
func whole(fields map[string]any) string {
	body, _ := json.Marshal(fields) // which are JSON
	return string(body)
}

// fingerprint is a hash of every table but that of wrong passwords, which are counted.
func fingerprint(t *testing.T, s *systemtest.System) map[string]string {
	t.Helper()
	prints := map[string]string{}
	for _, service := range systemtest.DatabaseOwners() {
		rows, err := s.Database(service).Query(t.Context(), `
			SELECT table_name, md5(query_to_xml(format('SELECT t::text FROM %I t ORDER BY 1', table_name), true, false, '')::text)
			FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT IN ('signin_attempts', 'stripe_events', 'deliveries')`) // which time changes
		if err != nil {
			t.Fatal(err)
		}
		var table, print string
		if _, err := pgx.ForEachRow(rows, []any{&table, &print}, func() error { prints[service+"."+table] = print; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return prints
}

// testRefusals: endpoints that need a session refuse requests without one, or with a forged one, before all else; what
// is no endpoint is not found, by any method; what another site makes a browser send is refused.
func testRefusals(t *testing.T, s *systemtest.System) {
	user, visitor := s.User(t), s.Visitor()
	forger, err := s.Signed(session.Keys{Secret: []byte("another secret, of 32 bytes and more")}, 1)
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, e := range endpoints(t, false) {
		if known[e.Method+e.Path] = true; e.NeedsSession {
			refused(t, visitor, e.Method, strings.ReplaceAll(e.Path, "{id}", "x"), "", http.StatusUnauthorized)
			refused(t, forger, e.Method, strings.ReplaceAll(e.Path, "{id}", "x"), "", http.StatusUnauthorized)
		} else if isPrivate(operation(t, e).Tags[0], e) {
			t.Errorf("%s needs no session: add SignedIn(guard) to its line in service.go, or except it in isPrivate", e.Name)
		}
	}
	for _, e := range endpoints(t, false) {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if !known[method+e.Path] {
				refused(t, user, method, strings.ReplaceAll(e.Path, "{id}", "1"), "{}", 0)
			}
		}
	}
	for _, path := range []string{"/env", "/crash-server", "/api", "/api/secrets", "/tickets/x", "/tickets/99999999999", "/assets/..%2fgo.mod"} {
		if status, _ := send(t, user, "GET", path, "", ""); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
	cross := http.Header{"Origin": {"https://evil.example"}, "Sec-Fetch-Site": {"cross-site"}}
	if status, body, err := user.Send(t.Context(), "POST", "/api/users/signout", "", cross); status != http.StatusForbidden {
		t.Errorf("from another site: %d %s %v", status, body, err)
	}
}
