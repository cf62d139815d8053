package client

import (
	"context"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// NotFoundPage answers for every address that has no page. One with a slash too many leads to the page without it, and an icon is where browsers look for one.
func (s *Site) NotFoundPage(_ context.Context, v visit) (answer, error) {
	if v.URL.Path == "/favicon.ico" {
		icon, err := s.views.assets.url("icon.svg")
		return goTo(icon), err
	}
	if p := path.Clean(v.URL.Path); p != v.URL.Path && p != "/" {
		to := url.URL{Path: p, RawQuery: v.URL.RawQuery}
		return goTo(to.String()), nil
	}
	return notFound(), nil
}

// outsideAPI leaves /api/ to programs: what is not there is an error in JSON.
func outsideAPI(e function.Endpoint) function.Endpoint {
	page := e.Handler
	e.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			apierror.Write(w, apierror.ErrNotFound)
			return
		}
		page.ServeHTTP(w, r)
	})
	return e
}
