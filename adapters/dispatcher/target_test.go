package dispatcher

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/bus"
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

func TestEndpointAnswers(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{
		200: "done", 202: "done", 204: "done", 302: "failed", 400: "failed", 401: "failed", 404: "failed", 408: "unavailable", 413: "failed",
		422: "rejected", 425: "unavailable", 429: "unavailable", 500: "failed", 501: "failed", 502: "unavailable", 503: "unavailable", 504: "unavailable",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			}))
			t.Cleanup(server.Close)
			for broker, want := range map[bool]string{false: want, true: map[bool]string{true: "done", false: "unavailable"}[status < 300]} {
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
		"crashed":         {200, [2]string{"X-Amz-Function-Error", "Unhandled"}, `{"errorMessage":"exit status 2"}`, "failed", 0},
		"not a consumer":  {200, [2]string{}, `{"statusCode":200}`, "failed", 0},
		"null":            {200, [2]string{}, `null`, "failed", 0},
		"silent":          {200, [2]string{}, ``, "failed", 0},
		"a null list":     {200, [2]string{}, `{"batchItemFailures":null}`, "failed", 0},
		"throttled":       {429, [2]string{"Retry-After", "4"}, `{"Type":"User"}`, "unavailable", 4},
		"not there":       {404, [2]string{}, `{"Type":"User"}`, "unavailable", 0},
		"forbidden":       {403, [2]string{}, `{"Message":"no"}`, "unavailable", 0},
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
