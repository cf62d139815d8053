package client

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

// visit is one request: what is asked, and the services on the visitor's behalf.
type visit struct {
	*http.Request
	claims session.Claims // of the visitor's session. Zero: there is none
	api    *api.Session
	id     int32 // of the path; 0: it has none, or a malformed one, which run refuses

	unsure  error    // why the claims are not verified; nil: auth has, a second ago at most
	over    bool     // auth no longer takes the session that the visitor has
	renewed []string // Set-Cookie of a session that goes on
}

func (s *Site) visit(r *http.Request) visit {
	claims, err := session.Unverified(r)
	if err != nil {
		claims = session.Claims{}
	}
	id, ok := function.ParseID(r.PathValue("id"))
	if !ok {
		id = 0
	}
	v := visit{Request: r, claims: claims, api: s.api.For(r), id: id}
	s.visitors.look(r.Context(), &v)
	return v
}

// FormValue is a field of a GET's query, or of the form that a POST brings. Unlike http.Request's, it never reads a body in many
// parts: those would be kept in files.
func (v visit) FormValue(name string) string {
	if v.Method != http.MethodPost {
		return v.URL.Query().Get(name)
	}
	return v.PostFormValue(name)
}

// PostFormValue is a field of the form that a POST brings. It never reads a body in many parts, either.
func (v visit) PostFormValue(name string) string {
	_ = v.ParseForm() // run has refused a form that cannot be read
	return v.PostForm.Get(name)
}

// hasSession reports whether there is a session: one that auth takes or, while auth is unavailable, one that looks good, which anyone
// can make.
func (v visit) hasSession() bool { return v.claims.ID != "" }

// check refuses some visits to a page before its handler runs.
type check func(context.Context, visit) error

// signedIn refuses visits without a session. It is for handlers that ask a service which verifies it.
func signedIn(_ context.Context, v visit) error {
	if !v.hasSession() {
		return apierror.ErrNotAuthorized
	}
	return nil
}

// verified refuses visits without a session that auth has verified. It is for handlers that ask no other service which
// verifies it.
func verified(ctx context.Context, v visit) error {
	if err := signedIn(ctx, v); err != nil {
		return err
	}
	return v.unsure
}

// forField names the field in which a form says for whom it was made: for the user with this id.
const forField = "for"

// errOtherUser refuses a form that was made for one user and is sent by another, who signed in meanwhile.
var errOtherUser = apierror.New(http.StatusConflict, "The form was made for another user.")

// sameUser refuses a form of another user's. One that names no user may be anyone's.
func (v visit) sameUser() error {
	if made := v.PostFormValue(forField); made != "" && v.hasSession() && made != v.claims.ID {
		return errOtherUser
	}
	return nil
}

// page is the address of the page that the visitor looks at: the one asked for, or the one whose form was sent, with what was
// typed into it.
func (v visit) page() string {
	if v.Method == http.MethodGet {
		return v.URL.RequestURI()
	}
	path := v.URL.EscapedPath()
	for _, button := range []string{"/order", "/cancel", "/extend", "/confirm", "/waiting", "/password", "/sessions", "/mails", "/end", "auth/signout"} {
		path = strings.TrimSuffix(path, button)
	}
	if typed := v.typed(); typed != "" {
		path += "?" + typed
	}
	return path
}

// longestTyped bounds what is carried in an address, in bytes: proxies take about 4 KB of headers.
const longestTyped = 2000

// typed is what a form brought and its page shows again, as a query: no secret is ever among it.
func (v visit) typed() string {
	kept := url.Values{}
	for _, name := range offerFields {
		if value := v.PostFormValue(name); value != "" && !strings.HasSuffix(v.URL.Path, "/order") {
			kept.Set(name, value)
		}
	}
	if len(kept.Encode()) > longestTyped {
		kept.Del(descriptionField)
	}
	if typed := kept.Encode(); len(typed) <= longestTyped {
		return typed
	}
	return ""
}

// secretAddresses are how the addresses begin that mails lead to, and that are as good as a password.
var secretAddresses = []string{"/reset/", "/confirm/", "/unsubscribe/"}

// secret reports whether the address asked for is not to be seen by others: it goes into no other address, and no other page gets it as its referrer.
func (v visit) secret() bool {
	return slices.ContainsFunc(secretAddresses, func(begin string) bool { return strings.HasPrefix(v.URL.Path, begin) })
}

// back is the address to come back to after signing in.
func (v visit) back() string {
	if v.secret() {
		return "/"
	}
	if strings.HasPrefix(v.URL.Path, "/auth/") {
		return v.returnTo()
	}
	return v.page()
}

// returnTo is where to go after signing in: an address of this site, also where a link to the form names another.
func (v visit) returnTo() string {
	to := v.FormValue("return")
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
		return "/"
	}
	return to
}
