package lambda

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
)

// golden are the sample events of aws-lambda-go, by file name.
func golden(t testing.TB) map[string][]byte {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-lambda-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "events", "testdata", "*.json"))
	if err != nil || len(files) < 50 {
		t.Fatalf("%d sample events: %v", len(files), err)
	}
	samples := make(map[string][]byte, len(files))
	for _, f := range files {
		if samples[filepath.Base(f)], err = os.ReadFile(f); err != nil {
			t.Fatal(err)
		}
	}
	return samples
}

// TestGoldenRequests: the samples that are HTTP requests arrive as such, and no other sample is taken for anything.
func TestGoldenRequests(t *testing.T) {
	t.Parallel()
	const json = "{\r\n\t\"a\": 1\r\n}"
	rest := saw{"POST", "/hello/world?name=me", "gy415nuibc.execute-api.us-east-1.amazonaws.com", "192.168.196.186:0", "", json}
	format2 := saw{"GET", "/my/path?parameter1=value1&parameter1=value2&parameter2=value", "id.execute-api.us-east-1.amazonaws.com", "IP:0", "cookie1; cookie2", ""} // a GET has no body for its handler
	wants := map[string]saw{
		"apigw-request.json":                      rest,
		"apigw-restapi-openapi-request.json":      rest,
		"apigw-v2-request-no-authorizer.json":     {"GET", "/", "aaaaaaaaaa.execute-api.us-west-2.amazonaws.com", "1.2.3.4:0", "", ""},
		"apigw-v2-request-iam.json":               format2,
		"apigw-v2-request-jwt-authorizer.json":    format2,
		"apigw-v2-request-lambda-authorizer.json": format2,
		"lambda-urls-request.json": {"POST", "/my/path?parameter1=value1&parameter1=value2&parameter2=value",
			"<url-id>.lambda-url.us-west-2.on.aws", "123.123.123.123:0", "cookie1; cookie2", "Hello from client!"},
		"alb-lambda-target-request-headers-only.json":       {"GET", "/?key=hello", "lambda-test-alb-1334523864.us-east-1.elb.amazonaws.com", "25.12.198.67:0", "", ""},
		"alb-lambda-target-request-multivalue-headers.json": {"GET", "/?key=hello", "lambda-test-alb-1234567.us-east-1.elb.amazonaws.com", "72.21.198.67:0", "", ""},
	}
	found := 0
	for name, data := range golden(t) {
		if name == "sqs-event.json" { // for a consumer: see TestQueueOutcomes
			continue
		}
		e := &echo{}
		_, err := open(t, e.service(), config.Values{}).Invoke(t.Context(), data)
		want, isRequest := wants[name]
		if isRequest {
			found++
		}
		if isRequest == (err != nil) || err != nil && !errors.Is(err, errUnknown) || e.saw != want {
			t.Errorf("%s: got %+v, %v\nwant %+v", name, e.saw, err, want)
		}
	}
	if found != len(wants) {
		t.Errorf("%d samples of requests, not %d", found, len(wants))
	}
}

// FuzzInvoke: nothing that is said to a function ends it, and it gives an answer or an error.
func FuzzInvoke(f *testing.F) {
	for _, data := range golden(f) {
		f.Add(data)
	}
	f.Add([]byte(`{"events":[{}]}`))
	f.Add([]byte(`{"schedule":"tick"}`))
	f.Add([]byte(`{"detail-type":"event","detail":{"specversion":"1.0"}}`))
	a := open(f, (&echo{}).service(), config.Values{})
	f.Fuzz(func(t *testing.T, data []byte) {
		answer, err := a.Invoke(t.Context(), data)
		if (answer == nil) == (err == nil) || err != nil && strings.Contains(err.Error(), "panic") {
			t.Errorf("answered %s and %v", answer, err)
		}
	})
}
