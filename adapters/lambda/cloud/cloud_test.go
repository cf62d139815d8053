package cloud_test

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// atOnce is how many environments a function may have: its reserved concurrency.
const atOnce = 2

// lambda is one function, and its environments.
type lambda struct {
	path  string // of its program
	log   *slog.Logger
	slots chan struct{} // one for each invocation under way

	mu     sync.Mutex
	values config.Values
	all    []*environment
	idle   []*environment // the last one used is the first one used again

	doomed atomic.Bool // the next invocation's environment dies with the payload
}

// invoke waits for its turn, where Lambda would refuse.
func (l *lambda) invoke(payload []byte) (answer, error) {
	l.slots <- struct{}{} // given back within the timeout
	defer func() { <-l.slots }()
	e, err := l.take()
	if err != nil {
		return answer{}, err
	}
	a := e.invoke(payload, l.doomed.Swap(false))
	l.mu.Lock()
	defer l.mu.Unlock()
	l.idle = append(l.idle, e)
	return a, nil
}

// take returns an idle environment that lives, or else a new one.
func (l *lambda) take() (e *environment, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := len(l.idle) - 1; n >= 0; n-- {
		e, l.idle = l.idle[n], l.idle[:n]
		if e.lives() {
			return e, nil
		}
	}
	if e, err = begin(l.path, l.values, l.log); err == nil {
		l.all = append(l.all, e)
	}
	return e, err
}

// change lets all that follows have other settings, as a deploy does.
func (l *lambda) change(values config.Values) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.values, l.idle = l.values.With(values), nil
}

// killIdle kills what waits for work, and returns how many those were.
func (l *lambda) killIdle(t *testing.T) (killed int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.idle {
		if err := e.kill(); err != nil {
			t.Fatal(err)
		}
		killed++
	}
	return killed
}

func (l *lambda) close(t *testing.T) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.all {
		if err := e.close(); err != nil {
			t.Error(err)
		}
	}
}

// invokeAPI is Lambda's own, as far as the dispatcher uses it.
func invokeAPI(functions map[string]*lambda) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", func(w http.ResponseWriter, r *http.Request) {
		name, _ := strings.CutPrefix(r.PathValue("name"), "ticketing-")
		l, known := functions[name]
		payload, err := io.ReadAll(r.Body)
		switch {
		case err != nil:
			return // nobody is there
		case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "):
			http.Error(w, `{"Message":"Missing Authentication Token"}`, http.StatusForbidden)
			return
		case !known:
			w.Header().Set("X-Amzn-ErrorType", "ResourceNotFoundException")
			http.Error(w, `{"Message":"Function not found"}`, http.StatusNotFound)
			return
		}
		a, err := l.invoke(payload)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if a.failed {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
		}
		_, _ = w.Write(a.data) // who hung up asks again
	})
	return mux
}

// httpAPI is an API Gateway of the kind HTTP API with a route for every endpoint.
func httpAPI(endpoints []function.Endpoint, functions map[string]*lambda) http.Handler {
	mux := http.NewServeMux()
	for _, e := range endpoints {
		mux.HandleFunc(e.Method+" "+e.Path, func(w http.ResponseWriter, r *http.Request) {
			payload, err := requestEvent(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
			a, err := functions[e.Name].invoke(payload)
			if err != nil || a.failed || respond(w, a.data) != nil {
				http.Error(w, `{"message":"Internal Server Error"}`, http.StatusInternalServerError)
			}
		})
	}
	return mux
}

// requestEvent is what an HTTP API makes of a request, in payload format 2.0.
func requestEvent(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	ip, _, _ := strings.Cut(r.RemoteAddr, ":")
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: r.Pattern, RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery, Body: string(body),
		Headers: map[string]string{"host": r.Host, "x-forwarded-for": ip, "x-forwarded-proto": "https", "x-forwarded-port": "443"},
		RequestContext: events.APIGatewayV2HTTPRequestContext{Stage: "$default", DomainName: r.Host, RouteKey: r.Pattern,
			HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: ip}},
	}
	if !utf8.Valid(body) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	for name, values := range r.Header {
		if name != "Cookie" {
			e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	for _, line := range r.Header["Cookie"] {
		e.Cookies = append(e.Cookies, strings.Split(line, "; ")...)
	}
	return json.Marshal(e)
}

// respond sends what the function answered. After an error nothing has been sent.
func respond(w http.ResponseWriter, data []byte) error {
	var a events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(data, &a); err != nil {
		return err
	}
	body := []byte(a.Body)
	if a.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			return err
		}
	}
	for name, value := range a.Headers {
		w.Header().Set(name, value)
	}
	for _, cookie := range a.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	w.WriteHeader(a.StatusCode)
	_, _ = w.Write(body) // who hung up asks again
	return nil
}
