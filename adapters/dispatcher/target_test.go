package dispatcher

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/function"
)

// meaning is what an answer of a target comes to.
func meaning(err error) string {
	switch {
	case err == nil:
		return "done"
	case errors.Is(err, errRejected):
		return "rejected"
	case bus.Temporary(err):
		return "unavailable"
	}
	return "failed"
}

func pauseOf(err error) time.Duration {
	var a unavailable
	errors.As(err, &a)
	return a.pause
}

// TestEndpointAnswers: what the consumer says counts, and what anything else on the way to it says does not, whatever the status.
func TestEndpointAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"done":                       {200, "", "done"},
		"done, by others' words":     {204, "", "done"},
		"taken by a Broker":          {202, "", "done"},
		"a page instead of it":       {200, "<html>Sign in</html>", "unavailable"},
		"rejected":                   {422, bodyOf(function.ErrRejected), "rejected"},
		"a firewall's opinion":       {422, "Unprocessable Content", "unavailable"},
		"failed":                     {500, bodyOf(function.ErrFailed), "failed"},
		"lacks something":            {503, bodyOf(apierror.Unavailable(nil)), "unavailable"},
		"a gateway's failure":        {500, "Internal Server Error", "unavailable"},
		"a proxy's, in JSON":         {500, `{"message":"The consumer failed."}`, "unavailable"},
		"a service of before":        {500, bodyOf(errors.New("a bug")), "unavailable"},
		"no such method":             {501, "", "unavailable"},
		"nothing behind the gateway": {502, "", "unavailable"},
		"an activator's queue":       {503, "activator overload", "unavailable"},
		"a gateway's time-out":       {504, "", "unavailable"},
		"a page to sign in at":       {302, "", "unavailable"},
		"malformed on the way":       {400, bodyOf(apierror.ErrInvalidJSON), "unavailable"},
		"a policy":                   {403, "RBAC: access denied", "unavailable"},
		"a route that is not there":  {404, "", "unavailable"},
		"a consumer that is not yet": {404, bodyOf(apierror.ErrNotFound), "unavailable"},
		"too slow":                   {408, "", "unavailable"},
		"too large for a proxy":      {413, "", "unavailable"},
		"too early":                  {425, "", "unavailable"},
		"too many":                   {429, "", "unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}))
			t.Cleanup(server.Close)
			want := c.want
			for _, broker := range []bool{false, true} {
				if broker && want != "done" { // it speaks for no consumer
					want = "unavailable"
				}
				err := endpoint{url: server.URL, client: newClient(), broker: broker}.deliver(t.Context(), read("tickets.created", nil))
				if got := meaning(err); got != want {
					t.Errorf("broker %v: %s (%v), want %s", broker, got, err, want)
				}
				if want == "unavailable" && pauseOf(err) != 7*time.Second {
					t.Errorf("pause %v", pauseOf(err))
				}
			}
		})
	}
}

// bodyOf is what a service writes for an error.
func bodyOf(err error) string {
	w := httptest.NewRecorder()
	apierror.Write(w, err)
	return w.Body.String()
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "3": 3 * time.Second, "-3": 0, "soon": 0, "9999999999999": 24 * time.Hour, "99999999999999999999": 0,
		now.Add(time.Minute).Format(http.TimeFormat):  time.Minute,
		now.Add(-time.Minute).Format(http.TimeFormat): 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestLambdaAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status  int
		header  [2]string
		body    string
		want    string
		seconds int
	}{
		"done":            {200, [2]string{}, `{"batchItemFailures":[]}`, "done", 0},
		"failed":          {200, [2]string{}, `{"batchItemFailures":[{"itemIdentifier":"1"}]}`, "failed", 0},
		"lacks something": {200, [2]string{}, `{"batchItemFailures":[{"itemIdentifier":"1","temporary":true}]}`, "unavailable", 0},
		"crashed":         {200, [2]string{"X-Amz-Function-Error", "Unhandled"}, `{"errorMessage":"exit status 2"}`, "unavailable", 0},
		"out of time":     {200, [2]string{"X-Amz-Function-Error", "Unhandled"}, `{"errorType":"Sandbox.Timedout"}`, "unavailable", 0},
		"cannot start":    {200, [2]string{"X-Amz-Function-Error", "Unhandled"}, `{"errorType":"Runtime.ExitError"}`, "unavailable", 0},
		"misled":          {200, [2]string{"X-Amz-Function-Error", "Handled"}, `{"errorMessage":"this is not the function"}`, "unavailable", 0},
		"not a consumer":  {200, [2]string{}, `{"statusCode":200}`, "unavailable", 0},
		"null":            {200, [2]string{}, `null`, "unavailable", 0},
		"silent":          {200, [2]string{}, ``, "unavailable", 0},
		"a null list":     {200, [2]string{}, `{"batchItemFailures":null}`, "unavailable", 0},
		"throttled":       {429, [2]string{"Retry-After", "4"}, `{"Type":"User"}`, "unavailable", 4},
		"not there":       {404, [2]string{}, `{"Type":"User"}`, "unavailable", 0},
		"forbidden":       {403, [2]string{}, `{"Message":"no"}`, "unavailable", 0},
		"too large":       {413, [2]string{}, `{"Type":"User"}`, "unavailable", 0},
		"AWS fails":       {500, [2]string{}, `{}`, "unavailable", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				calls++
				if c.status == http.StatusTooManyRequests {
					w.Header().Set("X-Amzn-Errortype", "TooManyRequestsException")
				}
				if c.header[0] != "" {
					w.Header().Set(c.header[0], c.header[1])
				}
				w.WriteHeader(c.status)
				fmt.Fprint(w, c.body)
			}))
			t.Cleanup(server.Close)
			client, err := newLambdaClient(t.Context(), server.URL)
			if err != nil {
				t.Fatal(err)
			}
			err = lambdaFunction{"f", "c", client}.deliver(t.Context(), read("tickets.created", nil))
			if got := meaning(err); got != c.want || pauseOf(err) != time.Duration(c.seconds)*time.Second {
				t.Errorf("%s (%v), pause %v; want %s", got, err, pauseOf(err), c.want)
			}
			if calls != 1 {
				t.Errorf("asked %d times", calls)
			}
		})
	}
}
