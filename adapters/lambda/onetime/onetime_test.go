package onetime

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const (
	role   = "arn:aws:iam::123456789012:role/ticketing-sweeps"
	target = "arn:aws:lambda:eu-west-3:123456789012:function:ticketing-{schedule}"
	good   = "scheduler:///ticketing?role=" + role + "&target=" + target
)

// TestRunAt asks for one run, in the target's region, as the role; one that is planned already is as good, and any other refusal is an error.
func TestRunAt(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 13, 16, 0, 0, time.FixedZone("", 3600))
	for answer, fails := range map[string]bool{"": false, "ConflictException": false, "AccessDeniedException": true, "ThrottlingException": true} {
		var asked struct {
			GroupName, ScheduleExpression, ActionAfterCompletion string
			FlexibleTimeWindow                                   struct{ Mode string }
			Target                                               struct{ Arn, RoleArn, Input string }
		}
		var path, authorization string
		requests := 0
		aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			requests++
			path, authorization = r.Method+" "+r.URL.Path, r.Header.Get("Authorization")
			if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
				t.Error(err)
			}
			if answer != "" {
				w.Header().Set("X-Amzn-Errortype", answer)
				w.WriteHeader(http.StatusConflict)
			}
			_, _ = io.WriteString(w, `{"ScheduleArn":"arn"}`)
		}))
		environment := map[string]string{"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL_SCHEDULER": aws.URL}
		s, err := Open(good, func(name string) string { return environment[name] })
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RunAt(t.Context(), "sweep-overdue", at); (err != nil) != fails || requests != 1 {
			t.Errorf("%q: %v after %d requests", answer, err, requests)
		}
		aws.Close()
		if path != "POST /schedules/sweep-overdue-20260102T121600" || asked.GroupName != "ticketing" || asked.ScheduleExpression != "at(2026-01-02T12:16:00)" ||
			asked.ActionAfterCompletion != "DELETE" || asked.FlexibleTimeWindow.Mode != "OFF" || asked.Target.RoleArn != role ||
			asked.Target.Arn != "arn:aws:lambda:eu-west-3:123456789012:function:ticketing-sweep-overdue" || asked.Target.Input != `{"schedule":"sweep-overdue"}` {
			t.Errorf("asked %s for %+v", path, asked)
		}
		if !strings.Contains(authorization, "/eu-west-3/scheduler/") {
			t.Errorf("as %s", authorization)
		}
	}
}

// TestOpenRefuses what leads to no group, role or functions.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "%", "scheduler:///ticketing", strings.Replace(good, "ticketing", "", 1), strings.Replace(good, "scheduler:", "events:", 1),
		strings.Replace(good, "{schedule}", "sweep", 1), strings.Replace(good, role, "sweeps", 1), strings.Replace(good, ":lambda:", ":sqs:", 1)} {
		if _, err := Open(address, func(string) string { return "" }); err == nil {
			t.Errorf("%q is taken", address)
		}
	}
}
