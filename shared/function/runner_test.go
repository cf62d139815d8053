package function_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

func TestForeignSitesChangeNothing(t *testing.T) {
	t.Parallel()
	called := 0
	do := func(context.Context, function.None) (function.None, error) { called++; return function.None{}, nil }
	h := handler(t, function.POST("change", "/", do), function.GET("look", "/", do))
	for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example", "Origin: null"} {
		expect(t, call(h, "POST", "/", "", header), 403, "Cross-origin request refused.")
		if called > 0 {
			t.Fatal(header + ": the handler was called")
		}
		expect(t, call(h, "GET", "/", "", header), 200, "") // nothing changes, and a browser keeps the answer to itself
		called = 0
	}
	for _, header := range []string{"X-Not: a browser", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none", "Origin: http://example.com"} {
		expect(t, call(h, "POST", "/", "", header), 200, "")
	}
}

// TestTrustedOrigins: a proxy that hides the host which browsers ask for keeps no form out.
func TestTrustedOrigins(t *testing.T) {
	t.Parallel()
	do := func(context.Context, function.None) (function.None, error) { return function.None{}, nil }
	service := function.Service{Name: "test", Endpoints: []function.Endpoint{function.POST("change", "/", do)}}
	runner, _ := newRunner(t)
	if err := runner.Origins.UnmarshalText([]byte("https://tickets.example, http://shop.example:8080/")); err != nil {
		t.Fatal(err)
	}
	h := runner.Handler(service)
	for origin, status := range map[string]int{
		"https://tickets.example": 200, "http://shop.example:8080": 200, "http://example.com": 200, // the last is the host's
		"http://tickets.example": 403, "https://tickets.example:444": 403, "https://a.tickets.example": 403, "null": 403,
	} {
		if w := call(h, "POST", "/", "", "Origin: "+origin); w.Code != status {
			t.Errorf("%s: %d, want %d", origin, w.Code, status)
		}
	}
	for _, bad := range []string{"", "*", "tickets.example", "https://", "https://tickets.example/path", "https://user@tickets.example", "https://Tickets.example", "https://a,"} {
		if err := new(function.Origins).UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestServiceRefuses: what no handler answers, its service does.
func TestServiceRefuses(t *testing.T) {
	t.Parallel()
	runner, registry := newRunner(t)
	h := runner.Handler(function.Service{
		Name:      "test",
		Endpoints: []function.Endpoint{function.Raw("fail", "POST", "/", func(http.ResponseWriter, *http.Request) { panic("secret") })},
		Refuse: func(w http.ResponseWriter, r *http.Request, err error) {
			http.Error(w, r.URL.Path+" "+apierror.From(err).Message, apierror.From(err).Status)
		},
	})
	for header, want := range map[string]string{"Sec-Fetch-Site: cross-site": "/ Cross-origin request refused.\n", "Accept: */*": "/ Internal error.\n"} {
		if w := call(h, "POST", "/", "", header); w.Body.String() != want {
			t.Errorf("%s: %d %q", header, w.Code, w.Body)
		}
	}
	counted(t, registry, "ticketing_request_duration_seconds status=403", 1)
}

func TestPanicAnswers(t *testing.T) {
	t.Parallel()
	runner, registry := newRunner(t)
	get := func(path string, h http.HandlerFunc) function.Endpoint {
		return function.Endpoint{Name: path[1:], Method: "GET", Path: path, Handler: h}
	}
	h := runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{
		get("/early", func(http.ResponseWriter, *http.Request) { panic("secret") }),
		get("/odd", func(http.ResponseWriter, *http.Request) { panic([]string{"cannot be compared"}) }),
		get("/late", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			panic("after the answer")
		}),
		get("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }),
	}})
	expect(t, call(h, "GET", "/early", ""), 500, "Internal error.")
	expect(t, call(h, "GET", "/odd", ""), 500, "Internal error.")
	if w := call(h, "GET", "/late", ""); w.Code != 202 || w.Body.Len() > 0 {
		t.Errorf("late: %d %q", w.Code, w.Body)
	}
	func() {
		defer func() {
			if v := recover(); v != http.ErrAbortHandler {
				t.Errorf("abort: %v", v)
			}
		}()
		call(h, "GET", "/abort", "")
	}()
	counted(t, registry, "ticketing_panics_total service=test", 3)
	counted(t, registry, "ticketing_request_duration_seconds status=500", 2)
}

func TestRequestsHaveADeadline(t *testing.T) {
	t.Parallel()
	runner, _ := newRunner(t)
	runner.Timeout = time.Millisecond
	h := runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{
		function.GET("wait", "/", func(ctx context.Context, _ function.None) (function.None, error) {
			<-ctx.Done()
			return function.None{}, ctx.Err()
		}),
	}})
	expect(t, call(h, "GET", "/", ""), 500, "Internal error.")
}

func TestTick(t *testing.T) {
	t.Parallel()
	runner, registry := newRunner(t)
	broken := errors.New("broken")
	run := map[string]func(context.Context) error{
		"fine":   func(context.Context) error { return nil },
		"broken": func(context.Context) error { return broken },
		"panics": func(context.Context) error { panic("at the disco") },
		"hangs":  func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
	}
	for name, want := range map[string]string{"fine": "done", "broken": "failed", "panics": "failed", "hangs": "failed"} {
		err := runner.Tick(t.Context(), function.Service{Name: name}, function.Every(name, time.Millisecond, run[name]))
		if (err == nil) != (want == "done") || name == "broken" && !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		counted(t, registry, "ticketing_schedule_runs_total service="+name, 1)
	}
	counted(t, registry, "ticketing_schedule_runs_total outcome=failed", 3)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the process stops: no failure
	if err := runner.Tick(ctx, function.Service{Name: "s"}, function.Every("hangs", time.Hour, run["hangs"])); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	counted(t, registry, "ticketing_schedule_runs_total outcome=failed", 3)
}
