package function_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/function"
)

// TestUnreadBodies: where a body means nothing, nothing of it is read.
func TestUnreadBodies(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, function.None) (function.None, error) { return function.None{}, nil }
	read := func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%d %v", len(b), err)
	}
	h := handler(t, function.GET("get", "/typed", nothing), function.PATCH("patch", "/typed", nothing),
		function.Raw("raw", "GET", "/raw", read), function.Raw("form", "POST", "/raw", read))
	for _, ask := range [][2]string{{"GET", "/typed"}, {"HEAD", "/typed"}, {"PATCH", "/typed"}, {"GET", "/raw"}, {"HEAD", "/raw"}} {
		r := httptest.NewRequest(ask[0], ask[1], unreadable{t})
		r.ContentLength = 60 << 20
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != 200 {
			t.Errorf("%v: %d", ask, w.Code)
		}
	}
	for length, want := range map[int]string{0: "0 <nil>", 10: "10 <nil>", function.MaxBody: "1048576 <nil>", function.MaxBody + 1: "0 http: request body too large"} {
		for _, known := range []bool{true, false} {
			r := httptest.NewRequest("POST", "/raw", strings.NewReader(strings.Repeat("x", length)))
			if !known {
				r.ContentLength = -1
			}
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Body.String() != want {
				t.Errorf("%d bytes, known %v: %s, want %s", length, known, w.Body, want)
			}
		}
	}
}

// unreadable is a body that nobody must read.
type unreadable struct{ t *testing.T }

func (u unreadable) Read([]byte) (int, error) {
	u.t.Error("it was read")
	return 0, io.EOF
}
