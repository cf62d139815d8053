package lambda

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
)

// TestWhereItWent: what AWS put before a path is gone, and nothing else is.
func TestWhereItWent(t *testing.T) {
	t.Parallel()
	const own = `"apiId":"abc","domainPrefix":"abc","domainName":"abc.execute-api.eu-central-1.amazonaws.com"`
	const custom = `"apiId":"abc","domainPrefix":"shop","domainName":"shop.example.com"`
	for name, c := range map[string]struct{ base, event, want string }{
		"HTTP API, default stage":        {"", `{"rawPath":"/api/x","requestContext":{` + own + `,"stage":"$default","http":{"method":"GET"}}}`, "/api/x"},
		"HTTP API, stage":                {"", `{"rawPath":"/dev/api/x","requestContext":{` + own + `,"stage":"dev","http":{"method":"GET"}}}`, "/api/x"},
		"HTTP API, the stage itself":     {"", `{"rawPath":"/dev","requestContext":{` + own + `,"stage":"dev","http":{"method":"GET"}}}`, "/"},
		"HTTP API, longer than a stage":  {"", `{"rawPath":"/devil","requestContext":{` + own + `,"stage":"dev","http":{"method":"GET"}}}`, "/devil"},
		"HTTP API, custom domain":        {"", `{"rawPath":"/api/x","requestContext":{` + custom + `,"stage":"api","http":{"method":"GET"}}}`, "/api/x"},
		"HTTP API, mapping":              {"/shop", `{"rawPath":"/shop/api/x","requestContext":{` + custom + `,"stage":"dev","http":{"method":"GET"}}}`, "/api/x"},
		"HTTP API, decoded":              {"", `{"rawPath":"/a b/é?#%2F","requestContext":{` + own + `,"http":{"method":"GET"}}}`, "/a%20b/%C3%A9%3F%23%252F"},
		"HTTP API, nothing":              {"", `{"rawPath":"","requestContext":{` + own + `,"http":{"method":"GET"}}}`, "/"},
		"HTTP API, format 1.0":           {"", `{"version":"1.0","path":"/dev/a b","httpMethod":"GET","requestContext":{` + own + `,"stage":"dev"}}`, "/a%20b"},
		"REST API, mapping":              {"/shop", `{"path":"/shop/api/x","httpMethod":"GET","requestContext":{` + custom + `,"stage":"dev"}}`, "/api/x"},
		"REST API, escaped":              {"", `{"path":"/a%2Fb","httpMethod":"GET","requestContext":{` + own + `,"stage":"dev"}}`, "/a%2Fb"},
		"REST API, query":                {"", `{"path":"/x","httpMethod":"GET","multiValueQueryStringParameters":{"q":["a b","c&d"]}}`, "/x?q=a+b&q=c%26d"},
		"REST API, single query":         {"", `{"path":"/x","httpMethod":"GET","queryStringParameters":{"q":"a b"}}`, "/x?q=a+b"},
		"function URL, escaped":          {"", `{"rawPath":"/a%2Fb","rawQueryString":"q=a%20b","requestContext":{"domainName":"x.lambda-url.eu-central-1.on.aws","http":{"method":"GET"}}}`, "/a%2Fb?q=a%20b"},
		"load balancer, query":           {"", `{"path":"/x","httpMethod":"GET","requestContext":{"elb":{}},"queryStringParameters":{"q":"a%20b","a":"1"}}`, "/x?a=1&q=a%20b"},
		"load balancer, path to forward": {"/shop", `{"path":"/shop","httpMethod":"GET","requestContext":{"elb":{}}}`, "/"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eyes := &eyes{}
			a := open(t, eyes.service(), config.Values{}.With(config.Values{"BASE_PATH": c.base}))
			if _, err := a.Invoke(t.Context(), []byte(c.event)); err != nil || eyes.saw.target != c.want {
				t.Errorf("went to %q, want %q (%v)", eyes.saw.target, c.want, err)
			}
		})
	}
}

// TestRefusesWhatCannotBeSent: a header that would begin another, and the like, never come to a handler.
func TestRefusesWhatCannotBeSent(t *testing.T) {
	t.Parallel()
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
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eyes := &eyes{}
			data, err := open(t, eyes.service(), config.Values{}).Invoke(t.Context(), []byte(event))
			if err != nil {
				t.Fatal(err)
			}
			if answer, err := answered(data); err != nil || answer.Status != http.StatusBadRequest || eyes.saw != (saw{}) {
				t.Errorf("answered %+v, %v; the handler saw %+v", answer, err, eyes.saw)
			}
		})
	}
}

// TestSmuggling: the body is what AWS says it is, whatever the client's headers say.
func TestSmuggling(t *testing.T) {
	t.Parallel()
	eyes := &eyes{}
	event := `{"path":"/","httpMethod":"POST","headers":{"Content-Length":"2","Transfer-Encoding":"chunked"},"body":"hello"}`
	if _, err := open(t, eyes.service(), config.Values{}).Invoke(t.Context(), []byte(event)); err != nil || eyes.saw.body != "hello" {
		t.Errorf("the handler saw %+v, %v", eyes.saw, err)
	}
}

func TestRemoteAddr(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ event, want string }{
		"IPv4":                         {`{"path":"/","httpMethod":"GET","requestContext":{"identity":{"sourceIp":"192.0.2.1"}}}`, "192.0.2.1:0"},
		"IPv6":                         {`{"rawPath":"/","requestContext":{"http":{"method":"GET","sourceIp":"2001:db8::1"}}}`, "[2001:db8::1]:0"},
		"behind the balancer":          {`{"path":"/","httpMethod":"GET","requestContext":{"elb":{}},"headers":{"x-forwarded-for":"10.0.0.1, 192.0.2.1"}}`, "192.0.2.1:0"},
		"behind it, with its port":     {`{"path":"/","httpMethod":"GET","requestContext":{"elb":{}},"headers":{"x-forwarded-for":"192.0.2.1:4711"}}`, "192.0.2.1:4711"},
		"what a client says of itself": {`{"rawPath":"/","headers":{"x-forwarded-for":"10.0.0.1"},"requestContext":{"http":{"method":"GET","sourceIp":"192.0.2.1"}}}`, "192.0.2.1:0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eyes := &eyes{}
			if _, err := open(t, eyes.service(), config.Values{}).Invoke(t.Context(), []byte(c.event)); err != nil || eyes.saw.remote != c.want {
				t.Errorf("came from %q, want %q (%v)", eyes.saw.remote, c.want, err)
			}
		})
	}
}

// TestBalancerWithoutMultiValueHeaders: it takes one value of each name, so that cookies need several names.
func TestBalancerWithoutMultiValueHeaders(t *testing.T) {
	t.Parallel()
	var p payload
	if err := json.Unmarshal([]byte(`{"path":"/","httpMethod":"GET","headers":{"host":"x"},"requestContext":{"elb":{}}}`), &p); err != nil {
		t.Fatal(err)
	}
	w := newAnswer(false)
	cookies := []string{"a=1", "b=2", "c=3", "d=4", "e=5"}
	for _, c := range cookies {
		w.Header().Add("Set-Cookie", c)
	}
	w.Header()["Vary"] = []string{"Cookie", "Accept"}
	data, err := p.encode(w)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := answered(data)
	if err != nil || len(answer.Header.Values("Set-Cookie")) != len(cookies) || answer.Header.Get("Vary") != "Cookie, Accept" {
		t.Errorf("%v, %v", answer.Header, err)
	}
	if strings.Contains(string(data), `"multiValueHeaders":{`) {
		t.Errorf("it was given what it does not read: %s", data)
	}
}
