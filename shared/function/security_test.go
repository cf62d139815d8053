package function_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

// TestRefusalsAreSecurityEvents: each refusal is counted once, under its name in the security log.
func TestRefusalsAreSecurityEvents(t *testing.T) {
	t.Parallel()
	theirs := apierror.New(http.StatusForbidden, "Not yours.")
	tooMany := apierror.New(http.StatusTooManyRequests, "Too many.")
	forged, err := session.Keys{Secret: []byte("another secret of thirty-two bytes")}.Issue(1, "a@example.com")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		answer error
		header string
		event  string // "": none
	}{
		"another user's": {theirs, signedIn(t, 1), "authz_fail"},
		"too often":      {tooMany, signedIn(t, 1), "excess_rate_limit_exceeded"},
		"forged session": {nil, "Cookie: " + forged.String(), "session_use_after_expire"},
		"another site's": {nil, "Sec-Fetch-Site: cross-site", "malicious_cors"},
		"no session":     {nil, "Accept: */*", ""},
		"all is well":    {nil, signedIn(t, 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runner, registry := newRunner(t)
			endpoint := function.POST("refuse", "/", func(context.Context, function.None) (function.None, error) { return function.None{}, c.answer })
			call(runner.Handler(function.Service{Name: "test", Endpoints: []function.Endpoint{endpoint.SignedIn(guard)}}), "POST", "/", "", c.header)
			for _, event := range []string{"authz_fail", "excess_rate_limit_exceeded", "session_use_after_expire", "malicious_cors"} {
				if n, _ := functiontest.Metric(t, registry, "ticketing_security_events_total event="+event); (n == 1) != (event == c.event) {
					t.Errorf("%v events %s", n, event)
				}
			}
		})
	}
}
