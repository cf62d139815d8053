package client

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

var (
	now       = time.Date(2026, 11, 22, 15, 0, 0, 0, time.UTC)
	keys      = session.Keys{Secret: []byte(functiontest.Secret)} // the services', and not the site's
	testViews = sync.OnceValues(loadViews)
)

// values are the settings of a site whose services all answer at one origin.
func values(origin string) config.Values {
	return config.Values{"AUTH_API_URL": origin, "TICKETS_API_URL": origin, "ORDERS_API_URL": origin, "PAYMENTS_API_URL": origin, "NOTIFICATIONS_API_URL": origin}
}

// contents is the site's table of contents. It is not to be run.
func contents(t testing.TB) function.Service {
	t.Helper()
	s, err := New(values("http://127.0.0.1:1"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// visitor is a browser that shows what it gets and goes nowhere by itself.
type visitor struct {
	t        testing.TB
	url      string
	services *services
	cookie   *http.Cookie // of the session, or nil
}

// visitSite starts a site in front of services that answer so. Each page gets the settings that it names, no more.
func visitSite(t testing.TB, a answers, changes config.Values) visitor {
	t.Helper()
	service, services := openSite(t, a, changes)
	return visitor{t: t, url: functiontest.Start(t, service).URL(), services: services}
}

func openSite(t testing.TB, a answers, changes config.Values) (function.Service, *services) {
	t.Helper()
	services, origin := startServices(t, a)
	service := contents(t)
	for i, e := range service.Endpoints {
		all, own := values(origin).With(changes), config.Values{}
		for _, s := range config.Settings(append(service.Settings, e.Settings...)...) {
			own[s.Name] = all[s.Name]
		}
		settings, err := config.Fill[Settings](own.With(nil))
		views, err2 := testViews()
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		s := newSite(settings, views, func() time.Time { return now })
		t.Cleanup(s.api.Close)
		service.Endpoints[i] = s.service().Endpoints[i]
	}
	return service, services
}

// as gives the visitor the session of a user; 0 is a guest's.
func (v visitor) as(userID int32) visitor {
	if userID == 0 {
		return v
	}
	return v.with(keys, userID)
}

func (v visitor) with(k session.Keys, userID int32) visitor {
	cookie, err := k.Issue(userID, "ada@example.com")
	if err != nil {
		v.t.Fatal(err)
	}
	v.cookie = cookie
	return v
}

// shown is an answer of the site.
type shown struct {
	t testing.TB
	*http.Response
	body string
}

// ask sends a request such as "GET /tickets/3" or "POST /auth/signin email=ada@example.com&password=x".
func (v visitor) ask(request string, header http.Header) shown {
	v.t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	target, form, _ := strings.Cut(rest, " ")
	req, err := http.NewRequestWithContext(v.t.Context(), method, v.url+target, strings.NewReader(form))
	if err != nil {
		v.t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if v.cookie != nil {
		req.AddCookie(v.cookie)
	}
	browser := http.Client{Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := browser.Do(req)
	if err != nil {
		v.t.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		v.t.Fatal(err)
	}
	return shown{v.t, answer, string(body)}
}

// is checks the status and that the texts are on the page; those with a ! before them must not be.
func (s shown) is(status int, texts ...string) shown {
	s.t.Helper()
	if s.StatusCode != status {
		s.t.Fatalf("%s: status %d, not %d: %s", s.Request.URL, s.StatusCode, status, s.body)
	}
	for _, text := range texts {
		text, unwanted := strings.CutPrefix(text, "!")
		if unwanted == strings.Contains(s.body, text) {
			s.t.Errorf("%s: %q (unwanted: %v) in\n%s", s.Request.URL, text, unwanted, s.body)
		}
	}
	return s
}

// leadsTo checks for a redirect after which the browser asks with GET.
func (s shown) leadsTo(path string) shown {
	s.t.Helper()
	if to := s.Header.Get("Location"); s.StatusCode != http.StatusSeeOther || to != path {
		s.t.Fatalf("%s: %d to %q, not to %q: %s", s.Request.URL, s.StatusCode, to, path, s.body)
	}
	return s
}

// scene is what one visitor asks and sees.
type scene struct {
	name    string
	user    int32 // 0: a guest
	ask     string
	answers answers
	want    int    // the status; 0: it leads to shows
	shows   string // texts for is, with | between them; the state that a page loads by itself shows them, too
	sends   string // what the last service was sent: method, address and body; "": anything
}

// play runs scenes, at a site with these settings, and with these answers beside the scene's own.
func play(t *testing.T, settings config.Values, common answers, scenes []scene) {
	t.Helper()
	for _, c := range scenes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a := answers{}
			for _, some := range []answers{common, c.answers} {
				for key, answer := range some {
					a[key] = answer
				}
			}
			v := visitSite(t, a, settings).as(c.user)
			s := v.ask(c.ask, nil)
			if got := v.services.last(); c.sends != "" && got != c.sends {
				t.Errorf("sent %q, not %q", got, c.sends)
			}
			if c.want == 0 {
				s.leadsTo(c.shows)
				return
			}
			texts := strings.Split(c.shows, "|")
			s.is(c.want, append(texts, "<!doctype html>")...)
			if page, query, _ := strings.Cut(c.ask, "?"); c.want == 200 && strings.Contains(s.body, "data-live") && !strings.Contains(s.body, "data-leave") {
				s.is(200, `<noscript><p class="hint"><a href="">Refresh`)
				v.ask(page+"/state?"+query, nil).is(200, append(texts, "!<html", "data-live")...)
			}
		})
	}
}

func filled(fields ...string) string {
	f := url.Values{}
	for i := 0; i < len(fields); i += 2 {
		f.Add(fields[i], fields[i+1])
	}
	return " " + f.Encode()
}

// Ticket 3 of user 1, and order 7 of it by user 2.
var (
	ticket          = event.Ticket{ID: 3, Title: "Cup final", Price: 4250, UserID: 1, Status: event.TicketIsAvailable, Version: 2, CreatedAt: timestamp.Of(now), UpdatedAt: timestamp.Of(now)}
	heldTicket      = ticketThat(func(t *event.Ticket) { t.OrderID, t.Status = new(int32(7)), event.TicketIsReserved })
	soldTicket      = ticketThat(func(t *event.Ticket) { t.OrderID, t.Status = new(int32(7)), event.TicketIsSold })
	begunTicket     = ticketThat(func(t *event.Ticket) { t.StartsAt = &t.CreatedAt })
	withdrawnTicket = ticketThat(func(t *event.Ticket) { t.Withdrawn, t.Status = true, event.TicketIsWithdrawn })
	order7          = event.Order{
		ID: 7, UserID: 2, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(now.Add(10 * time.Minute)), TicketID: 3, Version: 1,
		CreatedAt: timestamp.Of(now), UpdatedAt: timestamp.Of(now), Ticket: event.OrderTicket{ID: 3, Title: "Cup final", Price: 4250},
	}
	complete  = orderThat(func(o *event.Order) { o.Status = event.OrderIsComplete })
	cancelled = orderThat(func(o *event.Order) { o.Status = event.OrderIsCancelled })
	expired   = orderThat(func(o *event.Order) { o.Status, o.UpdatedAt = event.OrderIsCancelled, o.ExpiresAt })
	refunded  = orderThat(func(o *event.Order) { o.Status, o.RefundedAt = event.OrderIsCancelled, &o.UpdatedAt })
)

func ticketThat(change func(*event.Ticket)) event.Ticket {
	t := ticket
	change(&t)
	return t
}

func orderThat(change func(*event.Order)) event.Order {
	o := order7
	change(&o)
	return o
}
