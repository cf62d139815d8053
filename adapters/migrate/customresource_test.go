package migrate_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/cfn"

	"github.com/gittix/ticketing/adapters/migrate"
)

// TestCustomResource answers events as CloudFormation sends them, at the URL that it names.
func TestCustomResource(t *testing.T) {
	t.Parallel()
	broken := errors.New(strings.Repeat("relation \"orders\" is broken; ", 1000))
	for name, c := range map[string]struct {
		request, id string
		run         error
		ran         bool
		status      cfn.StatusType
	}{
		"create":         {"Create", "", nil, true, cfn.StatusSuccess},
		"update":         {"Update", "Migrations", nil, true, cfn.StatusSuccess},
		"delete":         {"Delete", "Migrations", broken, false, cfn.StatusSuccess},
		"failed create":  {"Create", "", broken, true, cfn.StatusFailed},
		"failed update":  {"Update", "Migrations", broken, true, cfn.StatusFailed},
		"something else": {"Import", "", nil, false, cfn.StatusFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := make(chan cfn.Response, 1)
			cloud := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				var a cfn.Response
				if err := json.NewDecoder(r.Body).Decode(&a); err != nil || r.Method != http.MethodPut || r.ContentLength > 4096 || r.Header.Get("Content-Type") != "" {
					t.Errorf("%v: %s with %d bytes of %q", err, r.Method, r.ContentLength, r.Header.Get("Content-Type"))
				}
				answers <- a
			}))
			defer cloud.Close()
			ran := false
			run := func(ctx context.Context) (map[string]string, error) {
				deadline, ok := ctx.Deadline()
				ran = ok && time.Until(deadline) < 50*time.Second
				return map[string]string{"JWT_SECRET": "s"}, c.run
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			event, err := json.Marshal(map[string]any{
				"RequestType": c.request, "ResponseURL": cloud.URL + "/answer?signature=x", "StackId": "arn:stack", "RequestId": "r-1",
				"ResourceType": "Custom::Migrations", "LogicalResourceId": "Migrations", "PhysicalResourceId": c.id,
				"ResourceProperties": map[string]any{"ServiceToken": "arn:function", "Code": "3"},
			})
			if err != nil {
				t.Fatal(err)
			}
			var e cfn.Event
			if err := json.Unmarshal(event, &e); err != nil {
				t.Fatal(err)
			}
			if _, err := migrate.CustomResource(run)(ctx, e); err != nil {
				t.Fatal(err)
			}
			a := <-answers
			if a.Status != c.status || a.PhysicalResourceID != "Migrations" || a.RequestID != "r-1" || a.StackID != "arn:stack" || a.LogicalResourceID != "Migrations" {
				t.Errorf("answered %+v", a)
			}
			if told := a.Data["JWT_SECRET"] == "s"; told != c.ran || !a.NoEcho {
				t.Errorf("told %v, shown: %v", a.Data, !a.NoEcho)
			}
			if failed := c.status == cfn.StatusFailed; failed != (a.Reason != "") {
				t.Errorf("the reason is %q", a.Reason)
			}
			if ran != c.ran {
				t.Errorf("ran with time to answer: %v, want %v", ran, c.ran)
			}
		})
	}
}
