package idempotency

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gittix/ticketing/shared/session"
)

// The query is a part of the request.
func TestAnotherQuery(t *testing.T) {
	t.Parallel()
	f := start(t)
	send := func(target string) string {
		r := httptest.NewRequestWithContext(session.NewContext(t.Context(), session.Claims{ID: "1"}), http.MethodPost, target, nil)
		r.Header.Set(Header, "k")
		w := httptest.NewRecorder()
		f.handler.ServeHTTP(w, r)
		return fmt.Sprint(w.Code, " ", w.Body.String())
	}
	f.want(send("/api/things"), "201", 1)
	f.want(send("/api/things?withdraw=true"), `422 {"message":"Idempotency key reused."`, 1)
	f.want(send("/api/things"), "201", 1)
}
