package client

import (
	"context"
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

const maxForm = 64 << 10 // bytes

var errBadForm = apierror.New(http.StatusBadRequest, "The form could not be read.")

// pageFunc is the handler of one page or form. Its errors are those of package api.
type pageFunc func(context.Context, visit) (answer, error)

// page returns the endpoint of a page.
func (s *Site) page(name, path string, fn pageFunc, checks ...check) function.Endpoint {
	return s.endpoint(name, http.MethodGet, path, "", fn, checks)
}

// fragment returns the endpoint of that part of a page which changes by itself. It is for the page's script,
// so a failure is no more than a status.
func (s *Site) fragment(name, path string, fn pageFunc, checks ...check) function.Endpoint {
	return s.endpoint(name, http.MethodGet, path, "state", fn, checks)
}

// form returns the endpoint of a form on a page.
func (s *Site) form(name, path string, fn pageFunc, checks ...check) function.Endpoint {
	return s.endpoint(name, http.MethodPost, path, "", fn, checks)
}

func (s *Site) endpoint(name, method, path, part string, fn pageFunc, checks []check) function.Endpoint {
	e := function.Raw(name, method, path, func(w http.ResponseWriter, r *http.Request) {
		v := s.visit(r)
		a, err := v.run(w, fn, checks)
		a.part = part
		if err != nil && part == "" {
			a, err = s.failed(v, err), nil
		}
		if err == nil {
			err = s.write(w, v, a)
		}
		if err != nil {
			function.Fail(w, r, err)
		}
	})
	e.NeedsSession = len(checks) > 0
	return e.HandledBy(fn)
}

func (s *Site) asset(name, path string) function.Endpoint {
	return function.Raw(name, http.MethodGet, path, s.views.assets.ServeHTTP).HandledBy(assets.ServeHTTP)
}

func (v visit) run(w http.ResponseWriter, fn pageFunc, checks []check) (answer, error) {
	if v.Method == http.MethodPost {
		v.Body = http.MaxBytesReader(w, v.Body, maxForm)
		if err := v.ParseForm(); err != nil {
			return answer{}, errBadForm.With(err)
		}
		if err := v.sameUser(); err != nil {
			return answer{}, err
		}
		v = v.keyed()
	}
	for _, check := range checks {
		if err := check(v.Context(), v); err != nil {
			return answer{}, err
		}
	}
	if v.id == 0 && v.PathValue("id") != "" {
		return answer{}, apierror.ErrNotFound
	}
	return fn(v.Context(), v)
}
