package apierror_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	late := apierror.New(429, "Too many attempts.")
	late.RetryAfter = 1500 * time.Millisecond
	for _, c := range []struct {
		err        error
		status     int
		body       string
		retryAfter string
	}{
		{apierror.ErrInvalidID, 400, `{"message":"Invalid id.","code":"invalid_id"}`, ""},
		{fmt.Errorf("wrapped: %w", apierror.ErrNotAuthorized), 401, `{"message":"Not authorized.","code":"not_authorized"}`, ""},
		{apierror.New(400, "Invalid title.").On("title", "Empty."), 400, `{"message":"Invalid title.","code":"invalid_title","fields":[{"name":"title","message":"Empty."}]}`, ""},
		{late, 429, `{"message":"Too many attempts.","code":"too_many_attempts"}`, "2"},
		{errors.New("password=hunter2"), 500, `{"message":"Internal error.","code":"internal_error"}`, ""},
		{apierror.Unavailable(errors.New("dial 10.0.0.1")), 503, `{"message":"Service unavailable.","code":"service_unavailable"}`, "1"},
	} {
		w := httptest.NewRecorder()
		apierror.Write(w, c.err)
		if w.Code != c.status || strings.TrimSpace(w.Body.String()) != c.body || w.Header().Get("Retry-After") != c.retryAfter {
			t.Errorf("%v: got %d %s Retry-After=%q", c.err, w.Code, w.Body, w.Header().Get("Retry-After"))
		}
	}
}

func TestIsIgnoresTheCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("row gone")
	err := fmt.Errorf("more: %w", apierror.ErrNotFound.With(cause))
	if !errors.Is(err, apierror.ErrNotFound) || !errors.Is(err, cause) || errors.Is(err, apierror.ErrInvalidID) {
		t.Error("an error with a cause must be what it is, and its cause")
	}
}
