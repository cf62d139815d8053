package client

import (
	"context"
	"net/http"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// NotFoundPage answers for every address that has no page.
func (s *Site) NotFoundPage(context.Context, visit) (answer, error) { return notFound(), nil }

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
