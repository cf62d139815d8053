package client

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// answer is what a visitor gets: a view, or the address of another page.
type answer struct {
	view, title string
	data        any
	status      int           // 0: 200
	retryAfter  time.Duration // above zero: when to try again
	stripe      bool          // the view asks for a card at Stripe
	part        string        // "": the whole page
	soon        bool          // the page changes within moments: without its script it is loaded again
	key         string        // of a form that is shown again as it was; "": each gets a new one

	file []byte // in place of a view, of a media type, to be kept by that name
	kind string
	name string

	to      string   // the page to go to instead
	cookies []string // Set-Cookie

	sessionOver bool // a service refused the visitor's session: the cookie is cleared
}

func show(view, title string, data any) answer { return answer{view: view, title: title, data: data} }

func goTo(page string) answer { return answer{to: page} }

func (a answer) with(status int) answer {
	a.status = status
	return a
}

// write sends an answer. Nothing is sent if it returns an error.
func (s *Site) write(w http.ResponseWriter, v visit, a answer) error {
	h := w.Header()
	for _, c := range a.cookies {
		h.Add("Set-Cookie", c)
	}
	if v.secret() {
		h.Set("Referrer-Policy", "strict-origin") // not no-referrer: forms would be sent without their Origin
	}
	published := strings.HasPrefix(v.URL.Path, "/api/") // whose document names no cookies
	if len(a.cookies) == 0 && !published {
		for _, c := range v.renewed {
			h.Add("Set-Cookie", c)
		}
	}
	if a.sessionOver || v.unsure != nil {
		v.claims = session.Claims{} // who may not be signed in is not shown so
	}
	if a.sessionOver || v.over && len(a.cookies) == 0 && !published {
		for _, c := range (session.Keys{Secure: s.secure}).Clear() {
			http.SetCookie(w, c)
		}
	}
	if a.to != "" {
		http.Redirect(w, v.Request, a.to, http.StatusSeeOther)
		return nil
	}
	if a.file != nil {
		return a.writeFile(w, v)
	}
	if s.unchanged(w, v, a) {
		h.Del("Content-Security-Policy") // that of the page which the browser has names the page's own scripts
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	sheet := sheet{
		Title: a.title, Nonce: newNonce(), Now: s.now(), Path: v.URL.Path, Base: function.Base(v.Context()), Back: v.back(), Data: a.data, Stripe: a.stripe, Soon: a.soon, key: a.key,
		Email: v.claims.Subject, User: v.claims.ID, SignedIn: v.hasSession(),
	}
	var b bytes.Buffer
	if err := s.views.render(&b, a.view, a.part, sheet); err != nil {
		return err
	}
	if v.Method == http.MethodGet { // what another method has done is to be said
		if err := function.ReserveAnswer(v.Context(), b.Len()); err != nil {
			return err
		}
	}
	if a.retryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(a.retryAfter.Seconds()))))
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy(sheet.Nonce, a.stripe))
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(b.Bytes()) // fails only if the visitor went away
	return nil
}

func (a answer) writeFile(w http.ResponseWriter, v visit) error {
	if err := function.ReserveAnswer(v.Context(), len(a.file)); err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Content-Disposition", fmt.Sprintf("inline; filename=%q", a.name))
	_, _ = w.Write(a.file) // fails only if the visitor went away
	return nil
}

// unchanged reports whether a visitor without a session has the page that is asked for, and lets caches keep it for a moment: it is the same for
// all who have none. Scripts then have one nonce for as long, on a page that shows nothing but what sellers wrote, as text.
func (s *Site) unchanged(w http.ResponseWriter, v visit, a answer) bool {
	if v.api.Cookie() != nil || len(w.Header()["Set-Cookie"]) > 0 || v.Method != http.MethodGet && v.Method != http.MethodHead || a.status != 0 || a.part != "" {
		return false
	}
	tag := function.ETag(s.views.version+function.Base(v.Context()), a.data)
	return tag != "" && function.Unchanged(w, v.Request, tag, true)
}
