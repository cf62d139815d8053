package client

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/timestamp"
)

// actsForWhomItNames reports whether a form is for the person it names, and not for the visitor.
func actsForWhomItNames(e function.Endpoint) bool {
	return slices.Contains([]string{"sign-in-form", "sign-up-form", "forgot-form", "reset-form", "confirm-email-form", "unsubscribe-form"}, e.Name)
}

var postForm = regexp.MustCompile(`<form [^>]*method="post" action="([^"]+)"[^>]*>(<input type="hidden" name="for" value="([^"]*)">)?`)

// TestFormsSayForWhomTheyAre: every form that the site has is somewhere on its pages, and names the user it was made for.
func TestFormsSayForWhomTheyAre(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"GET /api/users/sessions": openSessions, "GET /api/users/account": map[string]any{"confirmed": false},
		"GET /api/notifications/preferences": map[string]any{"optionalMails": true}, "GET /api/users/tokens": someTokens, "GET /api/notifications/webhooks": someWebhooks, "GET /api/notifications/webhooks/7/deliveries": someDeliveries, "GET /api/tickets/6": heldThat7, "GET /api/orders": []event.Order{}, "GET /api/notifications/waiting/6": map[string]any{}, "GET /api/tickets/7": ticketThat7, "GET /api/tickets/9": soldThat7, "GET /api/orders/7": order7, payment: nothingPaid,
		"GET /api/orders/8":           orderThat(func(o *event.Order) { o.ID, o.ExtendsBy, o.ExpiresAt = 7, 900, timestamp.Of(now.Add(time.Minute)) }),
		"POST /api/orders/pass/check": pass7, "GET /api/tickets/7/attachment": textOf7,
		"POST /api/payments": reply{202, map[string]string{"clientSecret": "pi_1_secret_2"}, nil},
	}, nil)
	made := map[string]string{} // for whom, by the form's address
	for user, asks := range map[int32][]string{
		1: {"GET /account", "GET /account/tokens", "GET /account/webhooks", "GET /account/webhooks/7", "GET /tickets/new", "GET /tickets/7/edit", "GET /tickets/7/attachment", "GET /tickets/7/withdraw", "GET /tickets/9/refund", "GET /verify/a.b.c"},
		2: {"GET /orders/8", "GET /tickets/6", "GET /tickets/7", "GET /tickets/7/state", "GET /orders/7", "GET /orders/7/state", "GET /orders/7/pay", "POST /orders/7/pay" + filled("token", "tok_visa")},
	} {
		for _, ask := range asks {
			for _, form := range postForm.FindAllStringSubmatch(v.as(user).ask(ask, nil).is(200).body, -1) {
				if made[form[1]] = form[3]; form[3] != string('0'+user) {
					t.Errorf("%s: %s", ask, form[0])
				}
			}
		}
	}
	for _, e := range contents(t).Endpoints {
		if _, ok := made[pathOf(e)]; e.Method == http.MethodPost && ok == actsForWhomItNames(e) {
			t.Errorf("%s is among these forms: %v", e.Name, ok)
		}
	}
	v.ask("GET /tickets/7", nil).is(200, `action="/tickets/7/order">`, `!name="for"`) // a guest's is for whoever the guest turns out to be
}

var (
	ticketThat7 = ticketThat(func(t *event.Ticket) { t.ID = 7 })
	heldThat7   = ticketThat(func(t *event.Ticket) { t.ID, t.OrderID, t.Status = 7, new(int32(9)), event.TicketIsReserved })
	soldThat7   = ticketThat(func(t *event.Ticket) { t.ID, t.OrderID, t.Status = 7, new(int32(7)), event.TicketIsSold })
)

// TestFormsOfAnotherUser: a form that one user left open does nothing when another has signed in meanwhile, and what was typed is kept.
func TestFormsOfAnotherUser(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{}, nil).as(2)
	const secrets = "!tok_visa|!pi_1|!correct horse"
	for _, e := range contents(t).Endpoints {
		if e.Method != http.MethodPost || actsForWhomItNames(e) {
			continue
		}
		s := v.ask("POST "+pathOf(e)+filled("for", "1", "title", "Cup & final", "price", "42", "token", "tok_visa", "client_secret", "pi_1", "newPassword", "correct horse"), nil)
		s.is(http.StatusConflict, append(strings.Split(secrets, "|"), "<!doctype html>", "You are signed in as somebody else now", "Now you are ada@example.com", "/auth/signin?return=%2F")...)
		if strings.HasPrefix(e.Path, "/tickets/") && !strings.HasSuffix(e.Path, "/order") && !strings.HasSuffix(e.Path, "/waiting") {
			s.is(http.StatusConflict, `href="`+pathOf(e)+`?price=42&amp;title=Cup&#43;%26&#43;final"`)
		}
	}
	if len(v.services.got) != 0 {
		t.Error("a service was asked")
	}
}

// TestFormsOfOneUser: a form is taken from a new session of the user it was made for, and from whoever got it as a guest.
func TestFormsOfOneUser(t *testing.T) {
	t.Parallel()
	a := answers{"POST /api/orders": map[string]any{"order": order7}}
	v := visitSite(t, a, nil)
	for _, made := range []string{"2", ""} {
		v.as(2).ask("POST /tickets/3/order"+filled("for", made), nil).leadsTo("/orders/7")
	}
}

// TestTypedSurvivesSignIn: what was typed into a form whose session has ended is there again after signing in.
func TestTypedSurvivesSignIn(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{
		"POST /api/users/signin": turns{api.ErrInvalidCredentials, reply{}}, "POST /api/tickets": apierror.ErrNotAuthorized,
		"GET /api/tickets/3": ticket, "POST /api/orders": apierror.ErrNotAuthorized, "POST /api/payments": apierror.ErrNotAuthorized, "GET /api/orders/7": order7,
	}, nil)
	const typed = "/tickets/new?price=42%2C50&title=Caf%C3%A9+%26+%3Cb%3E"
	for _, who := range []visitor{v, v.as(1)} { // without a session, and with one that tickets no longer takes
		s := who.ask("POST /tickets/new"+filled("for", "1", "title", "Café & <b>", "price", "42,50"), nil)
		s.leadsTo("/auth/signin?" + url.Values{"return": {typed}}.Encode())
		v.ask("GET "+s.Header.Get("Location"), nil).is(200, `name="return" value="/tickets/new?price=42%2C50&amp;title=Caf%C3%A9&#43;%26&#43;%3Cb%3E"`)
	}
	signIn := "POST /auth/signin" + filled("email", "ada@example.com", "password", "correct horse", "return", typed)
	v.ask(signIn, nil).is(400, "do not belong together", `name="return" value="/tickets/new?price=42%2C50`)
	v.ask(signIn, nil).leadsTo(typed)
	v.as(1).ask("GET "+typed, nil).is(200, `value="Café &amp; &lt;b&gt;"`, `value="42,50"`, "This is not stored yet.", `name="for" value="1"`)
	v.as(1).ask("GET /tickets/3/edit?title=Semi-final&price=7", nil).is(200, `value="Semi-final"`, `value="7"`, "!Cup final", "This is not stored yet.")

	// Nothing else is carried: neither a card, nor what a page fills in by itself, nor more than an address takes.
	for ask, back := range map[string]string{
		"POST /orders/7/pay" + filled("token", "tok_visa", "for", "2"):                          "/orders/7/pay",
		"POST /tickets/3/order" + filled("price", "42.5"):                                       "/tickets/3",
		"POST /tickets/new" + filled("title", strings.Repeat("x", longestTyped), "price", "42"): "/tickets/new",
	} {
		v.ask(ask, nil).leadsTo("/auth/signin?" + url.Values{"return": {back}}.Encode())
	}
}

// TestTypedSurvivesTrouble: a page that says "try again" leads to what was typed.
func TestTypedSurvivesTrouble(t *testing.T) {
	t.Parallel()
	v := visitSite(t, answers{"POST /api/tickets": apierror.Unavailable(nil)}, nil).as(1)
	v.ask("POST /tickets/new"+filled("title", "Cup", "price", "42"), nil).is(503, "Nothing is lost", `action="/tickets/new"`, `value="Cup"`, `value="42"`, "tabindex")
}
