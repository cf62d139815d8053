package lambda

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// echo is a service that answers every request, and remembers what it saw of the last.
type echo struct {
	saw  saw
	base string
}

type saw struct{ method, target, host, remote, cookie, body string }

func (e *echo) service() function.Service {
	see := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			function.Fail(w, r, err)
		}
		e.saw = saw{r.Method, r.RequestURI, r.Host, r.RemoteAddr, r.Header.Get("Cookie"), string(body)}
		e.base = function.Base(r.Context())
	})
	return function.Service{Name: "echo", Stop: func() {}, Endpoints: []function.Endpoint{
		{Name: "see-get", Method: http.MethodGet, Path: "/", Handler: see},
		{Name: "see-post", Method: http.MethodPost, Path: "/", Handler: see},
	}}
}

// TestRequests: what AWS put before a path is gone, and nothing else is; the client's address is the one that AWS knows.
func TestRequests(t *testing.T) {
	t.Parallel()
	const own = `"apiId":"abc","domainPrefix":"abc","domainName":"abc.execute-api.eu-central-1.amazonaws.com"`
	const custom = `"apiId":"abc","domainPrefix":"shop","domainName":"shop.example.com"`
	for name, c := range map[string]struct{ base, event, target, remote string }{
		"HTTP API, default stage":        {"", `{"rawPath":"/api/x","requestContext":{` + own + `,"stage":"$default","http":{"method":"GET"}}}`, "/api/x", ":0"},
		"HTTP API, stage":                {"", `{"rawPath":"/dev/api/x","requestContext":{` + own + `,"stage":"dev","http":{"method":"GET"}}}`, "/api/x", ":0"},
		"HTTP API, the stage itself":     {"", `{"rawPath":"/dev","requestContext":{` + own + `,"stage":"dev","http":{"method":"GET"}}}`, "/", ":0"},
		"HTTP API, longer than a stage":  {"", `{"rawPath":"/devil","requestContext":{` + own + `,"stage":"dev","http":{"method":"GET"}}}`, "/devil", ":0"},
		"HTTP API, custom domain":        {"", `{"rawPath":"/api/x","requestContext":{` + custom + `,"stage":"api","http":{"method":"GET"}}}`, "/api/x", ":0"},
		"HTTP API, mapping":              {"/shop", `{"rawPath":"/shop/api/x","requestContext":{` + custom + `,"stage":"dev","http":{"method":"GET"}}}`, "/api/x", ":0"},
		"HTTP API, decoded":              {"", `{"rawPath":"/a b/é?#%2F","requestContext":{` + own + `,"http":{"method":"GET"}}}`, "/a%20b/%C3%A9%3F%23%252F", ":0"},
		"HTTP API, nothing":              {"", `{"rawPath":"","requestContext":{` + own + `,"http":{"method":"GET"}}}`, "/", ":0"},
		"HTTP API, format 1.0":           {"", `{"version":"1.0","path":"/dev/a b","httpMethod":"GET","requestContext":{` + own + `,"stage":"dev"}}`, "/a%20b", ":0"},
		"REST API, mapping":              {"/shop", `{"path":"/shop/api/x","httpMethod":"GET","requestContext":{` + custom + `,"stage":"dev"}}`, "/api/x", ":0"},
		"REST API, escaped":              {"", `{"path":"/a%2Fb","httpMethod":"GET","requestContext":{` + own + `,"stage":"dev"}}`, "/a/b", ":0"},
		"REST API, query":                {"", `{"path":"/x","httpMethod":"GET","multiValueQueryStringParameters":{"q":["a b","c&d"]}}`, "/x?q=a+b&q=c%26d", ":0"},
		"REST API, single query":         {"", `{"path":"/x","httpMethod":"GET","queryStringParameters":{"q":"a b"}}`, "/x?q=a+b", ":0"},
		"function URL, escaped":          {"", `{"rawPath":"/a%2Fb","rawQueryString":"q=a%20b","requestContext":{"domainName":"x.lambda-url.eu-central-1.on.aws","http":{"method":"GET"}}}`, "/a/b?q=a%20b", ":0"},
		"load balancer, query":           {"", `{"path":"/x","httpMethod":"GET","requestContext":{"elb":{}},"queryStringParameters":{"q":"a%20b","a":"1"}}`, "/x?a=1&q=a%20b", ":0"},
		"load balancer, path to forward": {"/shop", `{"path":"/shop","httpMethod":"GET","requestContext":{"elb":{}}}`, "/", ":0"},
		"address, IPv4":                  {"", `{"path":"/","httpMethod":"GET","requestContext":{"identity":{"sourceIp":"192.0.2.1"}}}`, "/", "192.0.2.1:0"},
		"address, IPv6":                  {"", `{"rawPath":"/","requestContext":{"http":{"method":"GET","sourceIp":"2001:db8::1"}}}`, "/", "[2001:db8::1]:0"},
		"address, by the balancer":       {"", `{"path":"/","httpMethod":"GET","requestContext":{"elb":{}},"headers":{"x-forwarded-for":"10.0.0.1, 192.0.2.1"}}`, "/", "192.0.2.1:0"},
		"address, with its port":         {"", `{"path":"/","httpMethod":"GET","requestContext":{"elb":{}},"headers":{"x-forwarded-for":"192.0.2.1:4711"}}`, "/", "192.0.2.1:4711"},
		"address, as the client says":    {"", `{"rawPath":"/","headers":{"x-forwarded-for":"10.0.0.1"},"requestContext":{"http":{"method":"GET","sourceIp":"192.0.2.1"}}}`, "/", "192.0.2.1:0"},
	} {
		e := &echo{}
		if _, err := open(t, e.service(), config.Values{"BASE_PATH": c.base}).Invoke(t.Context(), []byte(c.event)); err != nil || e.saw.target != c.target || e.saw.remote != c.remote {
			t.Errorf("%s: went to %q from %q, want %q from %q (%v)", name, e.saw.target, e.saw.remote, c.target, c.remote, err)
		}
	}
}

// TestBase: pages are told what browsers see before their paths; what is below nothing that is known is not there.
func TestBase(t *testing.T) {
	t.Parallel()
	const own = `"apiId":"abc","domainPrefix":"abc","domainName":"abc.execute-api.eu-central-1.amazonaws.com"`
	const custom = `"apiId":"abc","domainPrefix":"shop","domainName":"shop.example.com"`
	for name, c := range map[string]struct{ base, event, target, seen string }{
		"HTTP API, default stage":            {"", `{"rawPath":"/orders","requestContext":{` + own + `,"stage":"$default","http":{"method":"GET"}}}`, "/orders", ""},
		"HTTP API, stage":                    {"", `{"rawPath":"/dev/orders","requestContext":{` + own + `,"stage":"dev","http":{"method":"GET"}}}`, "/orders", "/dev"},
		"REST API, stage":                    {"", `{"path":"/orders","httpMethod":"GET","requestContext":{` + own + `,"stage":"dev"}}`, "/orders", "/dev"},
		"HTTP API, mapping":                  {"/shop", `{"rawPath":"/shop/orders","requestContext":{` + custom + `,"stage":"dev","http":{"method":"GET"}}}`, "/orders", "/shop"},
		"HTTP API, outside of the mapping":   {"/shop", `{"rawPath":"/orders","requestContext":{` + custom + `,"stage":"dev","http":{"method":"GET"}}}`, "", ""},
		"REST API, mapping":                  {"/shop", `{"path":"/shop/orders","httpMethod":"GET","requestContext":{` + custom + `,"stage":"dev"}}`, "/orders", "/shop"},
		"HTTP API, the site's own call":      {"/shop", `{"rawPath":"/orders","requestContext":{` + own + `,"stage":"$default","http":{"method":"GET"}}}`, "/orders", ""},
		"HTTP API, behind a host of our own": {"/shop", `{"rawPath":"/shop/orders","requestContext":{` + own + `,"stage":"$default","http":{"method":"GET"}}}`, "/orders", "/shop"},
		"function URL":                       {"/shop", `{"rawPath":"/shop/orders","requestContext":{"apiId":"x","domainPrefix":"x","domainName":"x.lambda-url.eu-central-1.on.aws","http":{"method":"GET"}}}`, "/orders", "/shop"},
		"function URL, outside":              {"/shop", `{"rawPath":"/shopping","requestContext":{"apiId":"x","domainPrefix":"x","domainName":"x.lambda-url.eu-central-1.on.aws","http":{"method":"GET"}}}`, "", ""},
		"load balancer":                      {"/shop", `{"path":"/shop/orders","httpMethod":"GET","requestContext":{"elb":{}}}`, "/orders", "/shop"},
		"load balancer, outside":             {"/shop", `{"path":"/orders","httpMethod":"GET","requestContext":{"elb":{}}}`, "", ""},
	} {
		e := &echo{}
		answer := invoke(t, open(t, e.service(), config.Values{"BASE_PATH": c.base}), c.event)
		if e.saw.target != c.target || e.base != c.seen || (answer.Status == http.StatusNotFound) != (c.target == "") {
			t.Errorf("%s: went to %q below %q, want %q below %q (%d)", name, e.saw.target, e.base, c.target, c.seen, answer.Status)
		}
	}
}

// TestRefusesWhatCannotBeSent: a header that would begin another, and similar ones, never reach a handler; and a body is what
// AWS says it is, not what the client's headers say.
func TestRefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
	e := &echo{}
	a := open(t, e.service(), config.Values{})
	for name, event := range map[string]string{
		"a line break in a value": `{"path":"/","httpMethod":"GET","headers":{"X-A":"1\r\nSession: 2"}}`,
		"a line break in a name":  `{"path":"/","httpMethod":"GET","headers":{"X-A: 1\r\nSession":"2"}}`,
		"a colon in a name":       `{"path":"/","httpMethod":"GET","headers":{"X-A: 1":"2"}}`,
		"a line break in a path":  `{"path":"/ HTTP/1.1\r\nSession: 1\r\nX:","httpMethod":"GET"}`,
		"a method of two words":   `{"path":"/","httpMethod":"GET /x"}`,
		"a path with no slash":    `{"path":"x","httpMethod":"GET"}`,
		"a bad escape":            `{"path":"/%zz","httpMethod":"GET"}`,
		"a body that is no code":  `{"path":"/","httpMethod":"GET","isBase64Encoded":true,"body":"*"}`,
	} {
		if answer := invoke(t, a, event); answer.Status != http.StatusBadRequest || e.saw != (saw{}) {
			t.Errorf("%s: answered %+v; the handler saw %+v", name, answer, e.saw)
		}
	}
	invoke(t, a, `{"path":"/","httpMethod":"POST","headers":{"Content-Length":"2","Transfer-Encoding":"chunked"},"body":"hello"}`)
	if e.saw.body != "hello" {
		t.Errorf("the handler saw %+v", e.saw)
	}
}

// TestBalancerWithoutMultiValueHeaders: it takes one value of each name, so that cookies need several names.
func TestBalancerWithoutMultiValueHeaders(t *testing.T) {
	t.Parallel()
	a := open(t, twice(nil, nil, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2", "c=3", "d=4", "e=5"}
		w.Header()["Vary"] = []string{"Cookie", "Accept"}
	}), config.Values{})
	data, err := a.Invoke(t.Context(), []byte(`{"path":"/","httpMethod":"GET","headers":{"host":"x"},"requestContext":{"elb":{}}}`))
	if err != nil || strings.Contains(string(data), `"multiValueHeaders":{`) {
		t.Fatalf("answered %s, %v", data, err)
	}
	answer, err := lambdatest.Answered(data)
	if err != nil || len(answer.Header.Values("Set-Cookie")) != 5 || answer.Header.Get("Vary") != "Cookie, Accept" {
		t.Errorf("%v, %v", answer.Header, err)
	}
}
