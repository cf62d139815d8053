package function_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/session"
)

var errNoText = apierror.New(http.StatusBadRequest, "Invalid text.")

// note is a request with all that a request may have.
type note struct {
	function.ByID
	Text  function.LooseString `json:"text"`
	About function.LooseID     `json:"about"`
	Extra json.RawMessage      `json:"extra"`
	Stars int                  `json:"stars"`
}

func (n *note) Validate() error {
	if n.Text == "" {
		return errNoText
	}
	return nil
}

type noted struct {
	User  int32
	ID    int32
	Text  string
	About int32
}

func putNote(ctx context.Context, n note) (noted, error) {
	return noted{session.User(ctx), n.ID, string(n.Text), int32(n.About)}, nil
}

func TestBodies(t *testing.T) {
	t.Parallel()
	h := handler(t, function.PUT("put-note", "/notes/{id}", putNote))
	const good = `{"text":"a"}`
	for name, c := range map[string]struct {
		body, contentType string
		status            int
		message           string
	}{
		"object":            {body: good, status: 200},
		"unknown field":     {body: `{"text":"a","more":1}`, status: 200},
		"charset":           {body: good, contentType: "application/json; charset=utf-8", status: 200},
		"as large as may":   {body: good + strings.Repeat(" ", function.MaxBody-len(good)), status: 200},
		"one byte too much": {body: good + strings.Repeat(" ", function.MaxBody-len(good)+1), status: 413, message: "Request body is too large."},
		"huge":              {body: strings.Repeat("[", 8*function.MaxBody), status: 413, message: "Request body is too large."},
		"empty":             {body: "", status: 400, message: "Invalid JSON."},
		"not JSON":          {body: "text=a", status: 400, message: "Invalid JSON."},
		"cut off":           {body: `{"text":"a"`, status: 400, message: "Invalid JSON."},
		"two values":        {body: good + good, status: 400, message: "Invalid JSON."},
		"array":             {body: "[" + good + "]", status: 400, message: "Invalid JSON."},
		"string":            {body: `"text"`, status: 400, message: "Invalid JSON."},
		"deep":              {body: `{"text":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}", status: 400, message: "Invalid JSON."},
		"null":              {body: "null", status: 400, message: "Invalid text."},
		"null text":         {body: `{"text":null}`, status: 400, message: "Invalid text."},
		"text of a number":  {body: `{"text":1}`, status: 400, message: "Invalid text."},
		"text of an object": {body: `{"text":{}}`, status: 400, message: "Invalid text."},
		"wrong type":        {body: `{"text":"a","stars":"five"}`, status: 400, message: "Invalid JSON."},
		"number too large":  {body: `{"text":"a","stars":1e400}`, status: 400, message: "Invalid JSON."},
		"NUL in the JSON":   {body: "{\"text\":\"a\x00\"}", status: 400, message: "Invalid JSON."},
		"invalid UTF-8":     {body: "{\"text\":\"a\xff\"}", status: 400, message: "Invalid JSON."},
		"form":              {body: good, contentType: "application/x-www-form-urlencoded", status: 415, message: "Content-Type must be application/json."},
		"text":              {body: good, contentType: "text/plain", status: 415, message: "Content-Type must be application/json."},
		"malformed type":    {body: good, contentType: "application/json; =", status: 415, message: "Content-Type must be application/json."},
		"similar type":      {body: good, contentType: "application/jsonp", status: 415, message: "Content-Type must be application/json."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.contentType == "" {
				c.contentType = "application/json"
			}
			expect(t, call(h, "PUT", "/notes/1", c.body, "Content-Type: "+c.contentType), c.status, c.message)
		})
	}
}

func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	h := handler(t, function.PUT("put-note", "/notes/{id}", putNote).SignedIn(keys))
	user := signedIn(t, 7)
	expect(t, call(h, "PUT", "/notes/x", `{`), 401, "Not authorized.")
	expect(t, call(h, "PUT", "/notes/x", `{`, "Cookie: session=e30="), 401, "Not authorized.")
	expect(t, call(h, "PUT", "/notes/x", `{`, user), 400, "Invalid JSON.")
	expect(t, call(h, "PUT", "/notes/x", `{}`, user), 400, "Invalid text.")
	expect(t, call(h, "PUT", "/notes/x", `{"text":"a"}`, user), 400, "Invalid id.")
	w := call(h, "PUT", "/notes/3", `{"text":"a","about":"12","ID":9}`, user)
	if got := strings.TrimSpace(w.Body.String()); got != `{"User":7,"ID":3,"Text":"a","About":12}` {
		t.Errorf("%d %s", w.Code, got)
	}
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the answer may be cached")
	}
}

func TestByID(t *testing.T) {
	t.Parallel()
	h := handler(t, function.GET("get", "/things/{id}", func(_ context.Context, r function.ByID) (function.ByID, error) { return r, nil }))
	for id, status := range map[string]int{
		"1": 200, "2147483647": 200, "2147483648": 400, "9223372036854775808": 400, "0": 400, "-1": 400, "+1": 400, "1.0": 400,
		"1e3": 400, "x": 400, "0x1": 400, "1_0": 400, "%00": 400, "%31": 200, "1%2F2": 400, "%D9%A1": 400, "1%20": 400, "NaN": 400,
	} {
		if w := call(h, "GET", "/things/"+id, ""); w.Code != status {
			t.Errorf("%s: %d %s, want %d", id, w.Code, w.Body, status)
		}
	}
}

// teapot is a reply with a status and a header of its own.
type teapot struct{ Status int }

func (p teapot) Respond(h http.Header, status int) int {
	h.Set("X-Usual", fmt.Sprint(status))
	return p.Status
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, function.None) (function.None, error) { return function.None{}, nil }
	h := handler(t,
		function.GET("get", "/", nothing), function.POST("post", "/", nothing), function.PUT("put", "/", nothing),
		function.PATCH("patch", "/", nothing), function.Create("create", "/create", nothing),
		function.Create("brew", "/brew", func(context.Context, function.None) (teapot, error) { return teapot{418}, nil }),
		function.GET("known", "/known", func(context.Context, function.None) (teapot, error) {
			return teapot{}, fmt.Errorf("wrapped: %w", apierror.Unavailable(errors.New("secret")))
		}),
		function.GET("unknown", "/unknown", func(context.Context, function.None) (teapot, error) { return teapot{}, errors.New("secret") }),
		function.GET("unspeakable", "/unspeakable", func(context.Context, function.None) (chan int, error) { return make(chan int), nil }),
	)
	for _, method := range []string{"GET", "POST", "PUT", "PATCH"} {
		// without a body, and so without a content type
		if w := call(h, method, "/", "", "Content-Type: "); w.Code != 200 || w.Body.String() != "{}\n" {
			t.Errorf("%s: %d %q", method, w.Code, w.Body)
		}
	}
	if w := call(h, "POST", "/create", ""); w.Code != 201 {
		t.Errorf("create: %d", w.Code)
	}
	if w := call(h, "POST", "/brew", ""); w.Code != 418 || w.Header().Get("X-Usual") != "201" {
		t.Errorf("brew: %d, usual %s", w.Code, w.Header().Get("X-Usual"))
	}
	w := call(h, "GET", "/known", "")
	expect(t, w, 503, "Service unavailable.")
	if w.Header().Get("Retry-After") != "1" {
		t.Error("no Retry-After")
	}
	expect(t, call(h, "GET", "/unknown", ""), 500, "Internal error.")
	expect(t, call(h, "GET", "/unspeakable", ""), 500, "Internal error.")
}

// Whatever the body: an answer in JSON that blames the client, or none.
func FuzzBody(f *testing.F) {
	h := handler(f, function.PUT("put-note", "/notes/{id}", putNote))
	for _, seed := range []string{`{"text":"a","about":1,"extra":{}}`, `{"text":"\u0000","about":"1e9"}`, "null", "[]", "\xff", `{"text":"\ud800"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := call(h, "PUT", "/notes/1", body)
		if w.Code != 200 && w.Code != 400 && w.Code != 413 {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("not JSON: %s", w.Body)
		}
	})
}
