package function_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

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
	const json, tooLarge, noJSON, noText, mediaType = "application/json", "Request body is too large.", "Invalid JSON.", "Invalid text.", "Content-Type must be application/json."
	for _, c := range []struct {
		body, contentType string
		status            int
		message           string
	}{
		{good, json, 200, ""},
		{`{"text":"a","more":1}`, json, 200, ""},
		{good, "application/json; charset=utf-8", 200, ""},
		{good + strings.Repeat(" ", function.MaxBody-len(good)), json, 200, ""},
		{good + strings.Repeat(" ", function.MaxBody-len(good)+1), json, 413, tooLarge},
		{"", json, 400, noJSON},
		{"text=a", json, 400, noJSON},
		{`{"text":"a"`, json, 400, noJSON},
		{good + good, json, 400, noJSON},
		{"[" + good + "]", json, 400, noJSON},
		{`{"text":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + "}", json, 400, noJSON},
		{`{"text":"a","stars":"five"}`, json, 400, noJSON},
		{`{"text":"a","stars":1e400}`, json, 400, noJSON},
		{"{\"text\":\"a\x00\"}", json, 400, noJSON},
		{"{\"text\":\"a\xff\"}", json, 400, noJSON},
		{"null", json, 400, noText},
		{`{"text":null}`, json, 400, noText},
		{`{"text":1}`, json, 400, noText},
		{good, "application/x-www-form-urlencoded", 415, mediaType},
		{good, "application/json; =", 415, mediaType},
		{good, "application/jsonp", 415, mediaType},
	} {
		expect(t, call(h, "PUT", "/notes/1", c.body, "Content-Type: "+c.contentType), c.status, c.message)
	}
}

func TestOrderOfChecks(t *testing.T) {
	t.Parallel()
	h := handler(t, function.PUT("put-note", "/notes/{id}", putNote).SignedIn(guard))
	user := signedIn(t, 7)
	expect(t, call(h, "PUT", "/notes/x", `{`), 401, "Not authorized.")
	expect(t, call(h, "PUT", "/notes/x", `{`, "Cookie: session=e30="), 401, "Not authorized.")
	expect(t, call(h, "PUT", "/notes/x", `{`, user), 400, "Invalid JSON.")
	expect(t, call(h, "PUT", "/notes/x", `{}`, user), 400, "Invalid text.")
	expect(t, call(h, "PUT", "/notes/x", `{"text":"a"}`, user), 400, "Invalid id.")
	w := call(h, "PUT", "/notes/3", `{"text":"a","about":"12","ID":9}`, user)
	if got := strings.TrimSpace(w.Body.String()); got != `{"User":7,"ID":3,"Text":"a","About":12}` || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s %v", w.Code, got, w.Header())
	}
	for id, status := range map[string]int{
		"2147483647": 200, "2147483648": 400, "9223372036854775808": 400, "0": 400, "-1": 400, "+1": 400, "1.0": 400,
		"1e3": 400, "0x1": 400, "1_0": 400, "%00": 400, "%31": 200, "1%2F2": 404, "%D9%A1": 400, "1%20": 400, "NaN": 400,
	} {
		if w := call(h, "PUT", "/notes/"+id, `{"text":"a"}`, user); w.Code != status {
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
	secret := errors.New("secret")
	h := handler(t,
		function.GET("get", "/any", nothing), function.POST("post", "/any", nothing), function.PUT("put", "/any", nothing),
		function.PATCH("patch", "/any", nothing), function.Create("create", "/create", nothing),
		function.Create("brew", "/brew", func(context.Context, function.None) (teapot, error) { return teapot{418}, nil }),
		function.GET("known", "/known", func(context.Context, function.None) (teapot, error) {
			return teapot{}, fmt.Errorf("wrapped: %w", apierror.Unavailable(secret))
		}),
		function.GET("unknown", "/unknown", func(context.Context, function.None) (teapot, error) { return teapot{}, secret }),
		function.GET("unspeakable", "/unspeakable", func(context.Context, function.None) (chan int, error) { return make(chan int), nil }),
	)
	for _, method := range []string{"GET", "POST", "PUT", "PATCH"} { // without a body, and so without a content type
		expect(t, call(h, method, "/any", "", "Content-Type: "), 200, "")
	}
	expect(t, call(h, "POST", "/create", ""), 201, "")
	if w := call(h, "POST", "/brew", ""); w.Code != 418 || w.Header().Get("X-Usual") != "201" {
		t.Errorf("%d, usual %s", w.Code, w.Header().Get("X-Usual"))
	}
	expect(t, call(h, "GET", "/unknown", ""), 500, "Internal error.")
	expect(t, call(h, "GET", "/unspeakable", ""), 500, "Internal error.")
	w := call(h, "GET", "/known", "")
	expect(t, w, 503, "Service unavailable.")
	if w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", w.Header().Get("Retry-After"))
	}
	for _, c := range [][2]string{{"GET", "/env"}, {"GET", "/create"}, {"DELETE", "/create"}, {"POST", "/create/"}, {"POST", "/Create"}, {"OPTIONS", "/create"}} {
		expect(t, call(h, c[0], c[1], ""), 404, "Not Found.")
	}
}

// Whatever the body: an answer in JSON that blames the client, or none.
func FuzzBody(f *testing.F) {
	h := handler(f, function.PUT("put-note", "/notes/{id}", putNote))
	for _, seed := range []string{`{"text":"a","about":1,"extra":{}}`, `{"text":"\u0000","about":"1e9"}`, "null", "[]", "\xff", `{"text":"\ud800"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if w := call(h, "PUT", "/notes/1", body); w.Code != 200 && w.Code != 400 && w.Code != 413 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

func TestLoose(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]function.LooseID{
		`7`: 7, `"7"`: 7, `2147483647`: 1<<31 - 1, `"2147483647"`: 1<<31 - 1, `2147483648`: 0, `0`: 0, `-7`: 0, `"+7"`: 0,
		`7.0`: 0, `7e0`: 0, `" 7"`: 0, `"7x"`: 0, `""`: 0, `null`: 0, `true`: 0, `[7]`: 0, `{"id":7}`: 0,
	} {
		got := function.LooseID(1) // is forgotten
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", in, got, err, want)
		}
	}
	for in, want := range map[string]function.LooseString{`"a b"`: "a b", `"\u00e9"`: "é", `""`: "", `null`: "", `7`: "", `["a"]`: "", `{"a":"b"}`: ""} {
		got := function.LooseString("before")
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", in, got, err, want)
		}
	}
}

// Valid JSON never fails, an id is the number that was written, and text is always UTF-8.
func FuzzLoose(f *testing.F) {
	for _, seed := range []string{`7`, `"7"`, `-0`, `1e9`, `"\ud800"`, `null`, `{"a":[1]}`, `99999999999999999999`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		var id function.LooseID
		var text function.LooseString
		valid := json.Valid([]byte(in))
		errID, errText := json.Unmarshal([]byte(in), &id), json.Unmarshal([]byte(in), &text)
		if (errID == nil) != valid || (errText == nil) != valid || id < 0 || !utf8.ValidString(string(text)) {
			t.Errorf("id %d, %v; text %q, %v", id, errID, text, errText)
		}
		digits := strings.TrimSpace(in)
		if text != "" {
			digits = string(text)
		}
		if n, err := strconv.ParseInt(digits, 10, 64); id != 0 && (err != nil || n != int64(id)) {
			t.Errorf("%s became %d", in, id)
		}
	})
}
