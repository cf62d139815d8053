package function_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// arrivals are copies that come, or do not.
type arrivals struct {
	come  bool
	asked []int32
}

func (a *arrivals) Await(_ context.Context, id int32) bool {
	a.asked = append(a.asked, id)
	return a.come
}

type needsCopy struct{}

func (needsCopy) CopyID() int32 { return 7 }

// A function that lacks a copy is run once more, if the copy comes; any other error answers at once.
func TestAwaits(t *testing.T) {
	t.Parallel()
	late := apierror.New(http.StatusBadRequest, "Not yet.")
	other := apierror.New(http.StatusConflict, "No.")
	for name, c := range map[string]struct {
		answers []error // the last one is given again and again
		come    bool
		calls   int
		status  int
		message string
	}{
		"there":         {[]error{nil}, true, 1, 200, ""},
		"comes late":    {[]error{late.With(errors.New("cause")), nil}, true, 2, 200, ""},
		"fails":         {[]error{late, other}, true, 2, 409, "No."},
		"fails at once": {[]error{other}, true, 1, 409, "No."},
		"never":         {[]error{late}, false, 1, 400, "Not yet."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			get := function.GET("get", "/", func(context.Context, needsCopy) (function.None, error) {
				calls++
				return function.None{}, c.answers[min(calls, len(c.answers))-1]
			})
			copies := &arrivals{come: c.come}
			expect(t, call(handler(t, get.Awaits(late, copies).SignedIn(guard)), "GET", "/", "", signedIn(t, 1)), c.status, c.message)
			if calls != c.calls || len(copies.asked) > 1 || len(copies.asked) == 1 && copies.asked[0] != 7 {
				t.Errorf("%d calls, want %d; waited for %v", calls, c.calls, copies.asked)
			}
			calls = 0
			if call(handler(t, get), "GET", "/", ""); calls != 1 {
				t.Errorf("without Awaits: %d calls", calls)
			}
		})
	}
}
