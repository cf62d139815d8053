package lambda

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
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
	format2 := saw{"GET", "/my/path?parameter1=value1&parameter1=value2&parameter2=value", "id.execute-api.us-east-1.amazonaws.com", "IP:0", "cookie1; cookie2", json}
	wants := map[string]saw{
		"apigw-request.json":                      {"POST", "/hello/world?name=me", "gy415nuibc.execute-api.us-east-1.amazonaws.com", "192.168.196.186:0", "", json},
		"apigw-restapi-openapi-request.json":      {"POST", "/hello/world?name=me", "gy415nuibc.execute-api.us-east-1.amazonaws.com", "192.168.196.186:0", "", json},
		"apigw-v2-request-no-authorizer.json":     {"GET", "/", "aaaaaaaaaa.execute-api.us-west-2.amazonaws.com", "1.2.3.4:0", "", ""},
		"apigw-v2-request-iam.json":               format2,
		"apigw-v2-request-jwt-authorizer.json":    format2,
		"apigw-v2-request-lambda-authorizer.json": format2,
		"lambda-urls-request.json": {"POST", "/my/path?parameter1=value1&parameter1=value2&parameter2=value",
			"<url-id>.lambda-url.us-west-2.on.aws", "123.123.123.123:0", "cookie1; cookie2", "Hello from client!"},
		"alb-lambda-target-request-headers-only.json":       {"GET", "/?key=hello", "lambda-test-alb-1334523864.us-east-1.elb.amazonaws.com", "25.12.198.67:0", "", ""},
		"alb-lambda-target-request-multivalue-headers.json": {"GET", "/?key=hello", "lambda-test-alb-1234567.us-east-1.elb.amazonaws.com", "72.21.198.67:0", "", ""},
	}
	samples := golden(t)
	for name := range wants {
		if samples[name] == nil {
			t.Errorf("there is no sample %s any more", name)
		}
	}
	for name, data := range samples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eyes := &eyes{}
			_, err := open(t, eyes.service(), config.Values{}).Invoke(t.Context(), data)
			want, ok := wants[name]
			if !ok {
				if !errors.Is(err, errUnknown) || eyes.saw != (saw{}) {
					t.Errorf("taken for %+v, %v", eyes.saw, err)
				}
				return
			}
			if err != nil || eyes.saw != want {
				t.Errorf("got  %+v, %v\nwant %+v", eyes.saw, err, want)
			}
		})
	}
}

// FuzzInvoke: nothing that is said to a function ends it, and what it says is one of two things.
func FuzzInvoke(f *testing.F) {
	for _, data := range golden(f) {
		f.Add(data)
	}
	f.Add([]byte(`{"events":[{}]}`))
	f.Add([]byte(`{"schedule":"tick"}`))
	a := open(f, (&eyes{}).service(), config.Values{})
	f.Fuzz(func(t *testing.T, data []byte) {
		answer, err := a.Invoke(t.Context(), data)
		if (answer == nil) == (err == nil) || err != nil && strings.Contains(err.Error(), "panic") {
			t.Errorf("answered %s and %v", answer, err)
		}
	})
}

// eyes is a service that answers every request, and remembers the last.
type eyes struct{ saw saw }

type saw struct{ method, target, host, remote, cookie, body string }

func (e *eyes) service() function.Service {
	see := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			function.Fail(w, r, err)
		}
		e.saw = saw{r.Method, r.RequestURI, r.Host, r.RemoteAddr, r.Header.Get("Cookie"), string(body)}
	})
	return function.Service{Name: "eyes", Stop: func() {}, Endpoints: []function.Endpoint{
		{Name: "see-get", Method: http.MethodGet, Path: "/", Handler: see},
		{Name: "see-post", Method: http.MethodPost, Path: "/", Handler: see},
	}}
}
