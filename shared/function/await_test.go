package function_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// What is late is waited for, a second at most; any other error answers at once.
func TestAwaits(t *testing.T) {
	t.Parallel()
	late := apierror.New(http.StatusBadRequest, "Not yet.")
	other := apierror.New(http.StatusConflict, "No.")
	for name, c := range map[string]struct {
		answers []error // the last one is given again and again
		calls   int     // 0: many
		status  int
		message string
	}{
		"there":      {[]error{nil}, 1, 200, ""},
		"comes late": {[]error{late, late.With(errors.New("cause")), nil}, 3, 200, ""},
		"fails":      {[]error{late, other}, 2, 409, "No."},
		"never":      {[]error{late}, 0, 400, "Not yet."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			get := function.GET("get", "/", func(context.Context, function.None) (function.None, error) {
				calls++
				return function.None{}, c.answers[min(calls, len(c.answers))-1]
			})
			expect(t, call(handler(t, get.Awaits(late).SignedIn(guard)), "GET", "/", "", signedIn(t, 1)), c.status, c.message)
			if c.calls != 0 && calls != c.calls || calls < 1 {
				t.Errorf("%d calls, want %d", calls, c.calls)
			}
			calls = 0
			if call(handler(t, get), "GET", "/", ""); calls != 1 {
				t.Errorf("without Awaits: %d calls", calls)
			}
		})
	}
}
