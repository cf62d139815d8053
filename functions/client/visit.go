package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

const maxForm = 64 << 10 // bytes

// visit is one request: what is asked, by whom, and the services on that person's behalf.
type visit struct {
	*http.Request
	user session.Claims // the zero Claims: nobody is signed in
	api  *api.Session
}

// pageFunc is the handler of one page or form. Its errors are those of package api.
type pageFunc func(context.Context, visit) (answer, error)

// page returns the endpoint of a page, or of a form on one.
func (s *Site) page(name, method, path string, fn pageFunc) function.Endpoint {
	return function.Endpoint{Name: name, Method: method, Path: path, Handler: s.secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(r)
		a, err := s.serve(w, v, fn)
		if err != nil {
			a = s.failed(v, err)
		}
		if err := s.write(w, v, a); err != nil {
			function.Fail(w, r, err)
		}
	}))}
}

// fragment returns the endpoint of that part of a page which changes by itself. It is for the page's script,
// so a failure is no more than a status.
func (s *Site) fragment(name, path string, fn pageFunc) function.Endpoint {
	return function.Endpoint{Name: name, Method: http.MethodGet, Path: path, Handler: s.secure(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(r)
		a, err := fn(r.Context(), v)
		if err == nil {
			a.part = "state"
			err = s.write(w, v, a)
		}
		if err != nil {
			function.Fail(w, r, err)
		}
	}))}
}

func (s *Site) visit(r *http.Request) visit {
	v := visit{Request: r, api: s.api.For(r)}
	if claims, err := s.keys.Verify(session.Token(r)); err == nil {
		v.user = claims
	}
	return v
}

func (s *Site) serve(w http.ResponseWriter, v visit, fn pageFunc) (answer, error) {
	if v.Method == http.MethodPost {
		v.Body = http.MaxBytesReader(w, v.Body, maxForm)
		if err := v.ParseForm(); err != nil {
			return answer{}, errBadForm.With(err)
		}
	}
	return fn(v.Context(), v)
}

var errBadForm = apierror.New(http.StatusBadRequest, "The form could not be read.")

// signedIn sends visitors without a session to the sign-in page.
func signedIn(fn pageFunc) pageFunc {
	return func(ctx context.Context, v visit) (answer, error) {
		if !v.isSignedIn() {
			return answer{}, apierror.ErrNotAuthorized
		}
		return fn(ctx, v)
	}
}

func (v visit) isSignedIn() bool { return v.user.ID != "" }

// id reads the path. Errors: apierror.ErrNotFound, as there is nothing under any other name.
func (v visit) id() (int32, error) {
	id, ok := function.ParseID(v.PathValue("id"))
	if !ok {
		return 0, apierror.ErrNotFound
	}
	return id, nil
}

// page is the address of the page that the visitor looks at: the one asked for, or the one whose form was sent.
func (v visit) page() string {
	if v.Method == http.MethodGet {
		return v.URL.RequestURI()
	}
	path := v.URL.EscapedPath()
	for _, button := range []string{"/order", "/cancel", "/extend", "/confirm", "auth/signout"} {
		path = strings.TrimSuffix(path, button)
	}
	return path
}

// back is the address to come back to after signing in.
func (v visit) back() string {
	if strings.HasPrefix(v.URL.Path, "/auth/") {
		return v.returnTo()
	}
	return v.page()
}

// returnTo is where to go after signing in: an address of this site, whatever the visitor was made to bring along.
func (v visit) returnTo() string {
	to := v.FormValue("return")
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`) {
		return "/"
	}
	return to
}
