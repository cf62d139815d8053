package client

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

var keyInput = regexp.MustCompile(`<input type="hidden" name="key" value="([A-Z2-7]{26})">`)

const someKey = "ABCDEFGHIJKLMNOPQRSTUVWXY2"

// TestFormsHaveKeys: every form of the site has a key of its own, another one each time it is shown.
func TestFormsHaveKeys(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"GET /api/users/sessions": openSessions, "GET /api/tickets/7": ticketThat7, "GET /api/orders/7": order7, payment: nothingPaid,
		"POST /api/payments": reply{202, map[string]string{"clientSecret": "pi_1_secret_2"}, nil},
	}, nil)
	seen := map[string]bool{}
	for user, asks := range map[int32][]string{
		0: {"GET /auth/signin", "GET /auth/signup", "GET /tickets/7"},
		1: {"GET /account", "GET /tickets/new", "GET /tickets/new", "GET /tickets/7/edit"},
		2: {"GET /tickets/7", "GET /tickets/7/state", "GET /orders/7", "GET /orders/7/pay", "POST /orders/7/pay" + filled("token", "tok_visa")},
	} {
		for _, ask := range asks {
			body := v.as(user).ask(ask, nil).is(200).body
			keys := keyInput.FindAllStringSubmatch(body, -1)
			if len(keys) == 0 || len(keys) != strings.Count(body, `method="post"`) {
				t.Errorf("%s: %d keys", ask, len(keys))
			}
			for _, key := range keys {
				if seen[key[1]] {
					t.Errorf("%s: %s again", ask, key[1])
				}
				seen[key[1]] = true
			}
		}
	}
}

// TestFormIsDoneOnce: a form that is sent again asks for the same, by the same Idempotency-Key; what was changed in it is something else.
func TestFormIsDoneOnce(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/tickets": map[string]any{"ticket": ticket}}, nil).as(1)
	for _, key := range []string{someKey, someKey, "", "too short"} {
		v.ask("POST /tickets/new"+filled("title", "Cup", "price", "42", "key", key), nil).leadsTo("/tickets/3")
	}
	v.ask("POST /tickets/new"+filled("title", "Cup", "price", "43", "key", someKey), nil).leadsTo("/tickets/3")
	var sent []string
	for _, r := range v.services.got {
		sent = append(sent, r.Header.Get("Idempotency-Key"))
	}
	if len(sent) != 5 || sent[0] == "" || sent[1] != sent[0] || sent[2] != "" || sent[3] != "" || sent[4] == "" || sent[4] == sent[0] {
		t.Errorf("%q", sent)
	}
}

// TestSentAgain: what failed on our side can be sent again as it was, with its key, but for secrets.
func TestSentAgain(t *testing.T) {
	t.Parallel()
	away := apierror.Unavailable(nil)
	v := visitSite(t, answers{"POST /api/tickets": away, "PUT /api/tickets/3": away, "POST /api/orders": away, "POST /api/users/signup": away, "POST /api/users/signin": away, "POST /api/users/password": away,
		"POST /api/users/tokens": away, "POST /api/webhooks": away}, nil)
	const key = `name="key" value="` + someKey + `"`
	offer := filled("title", "Cup", "price", "42", "key", someKey)
	for ask, shows := range map[string][]string{
		"POST /tickets/new" + offer:    {`id="title"`, `value="Cup"`, `value="42"`, key, `action="/tickets/new"`},
		"POST /tickets/3/edit" + offer: {`id="title"`, `value="Cup"`, `value="42"`, key, `action="/tickets/3/edit"`},
		"POST /tickets/3/order" + filled("for", "1", "price", "42", "key", someKey):                                        {`name="for" value="1"`, `name="price" value="42"`, key, `action="/tickets/3/order"`, "Try again"},
		"POST /account/tokens" + filled("name", "box office", "scopes", "read", "scopes", "sell", "key", someKey):          {`name="scopes" value="read"><input type="hidden" name="scopes" value="sell"`, key, `action="/account/tokens"`, "Try again"},
		"POST /account/webhooks" + filled("url", "https://shop.example.com", "events", "a", "events", "b", "key", someKey): {`name="events" value="a"><input type="hidden" name="events" value="b"`, key, `action="/account/webhooks"`, "Try again"},
		"POST /auth/signup" + filled("email", "a@example.com", "password", "correct horse", "key", someKey):                {`value="a@example.com"`, key, "!correct horse"},
		"POST /auth/signin" + filled("email", "a@example.com", "password", "correct horse", "key", someKey):                {`value="a@example.com"`, key, "!correct horse"},
		"POST /account/password" + filled("currentPassword", "s3cret", "newPassword", "s3cret2", "key", someKey):           {"!s3cret", `href="/account"`},
	} {
		v.as(1).ask(ask, nil).is(http.StatusServiceUnavailable, append(shows, "Nothing is lost")...)
	}
}

var hiddenInput = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// TestSentAgainAsItWas: what is sent from the page has the Idempotency-Key that it had, with several values of one field, too.
func TestSentAgainAsItWas(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/users/tokens": apierror.Unavailable(nil)}, nil).as(1)
	body := v.ask("POST /account/tokens"+filled("name", "box office", "days", "", "scopes", "sell", "scopes", "read", "key", someKey), nil).is(503).body
	var fields []string
	for _, input := range hiddenInput.FindAllStringSubmatch(body[strings.Index(body, `action="/account/tokens"`):], -1) {
		fields = append(fields, input[1:]...)
	}
	v.ask("POST /account/tokens"+filled(fields...), nil).is(503)
	if got := v.services.got; len(got) != 2 || got[0].Header.Get("Idempotency-Key") == "" || got[0].Header.Get("Idempotency-Key") != got[1].Header.Get("Idempotency-Key") {
		t.Errorf("%d calls, the last by %q", len(got), fields)
	}
}

func TestAnswerLost(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/tickets": api.ErrAnswerLost, "POST /api/orders": api.ErrAnswerLost}, nil).as(1)
	v.ask("POST /tickets/new"+filled("title", "Cup", "price", "42"), nil).is(409, "This was done already", `href="/tickets/mine"`)
	v.ask("POST /tickets/3/order", nil).is(409, "This was done already", `href="/orders"`)
}

// TestStillUnderWay: a form that is sent again for longer than a page waits can be sent once more, with its key.
func TestStillUnderWay(t *testing.T) {
	t.Parallel()
	busy := api.ErrKeyInUse.After(time.Hour)
	v := visitSite(t, answers{"POST /api/tickets": busy, "POST /api/orders": busy}, nil).as(1)
	const key = `name="key" value="` + someKey + `"`
	for _, ask := range []string{"POST /tickets/new" + filled("title", "Cup", "price", "42", "key", someKey), "POST /tickets/3/order" + filled("for", "1", "price", "42", "key", someKey)} {
		v.ask(ask, nil).is(http.StatusConflict, key, "This is still being done", `name="price" value="42"`, "Try again", "!did not work", "!Idempotency")
	}
}
