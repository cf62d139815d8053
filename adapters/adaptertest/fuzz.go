package adaptertest

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzRequests looks for a request that the adapter brings to its handler in another way than net/http.
func FuzzRequests(f *testing.F, h Harness) {
	p := start(f, h, longTimeout)
	f.Add("a%2Fb/c", "x=1&y=%20&x=2", "X-Shop", "one, two", []byte("body"))
	f.Add("", "", "Cookie", "a=1; b=2", []byte{0xff, 0})
	f.Add("%C3%A9+%3F", "q=a+b&é", "If-None-Match", `"1", "2"`, []byte("aGVsbG8="))
	f.Fuzz(func(t *testing.T, rest, query, name, value string, body []byte) {
		if !printable(rest+query+name+value) || strings.ContainsAny(rest, " ?#") || strings.ContainsAny(query, " #") || !ordinary(name) {
			t.Skip("no client sends this, or the platform changes it")
		}
		r := Request{Method: http.MethodPost, Target: "/mirror/" + rest, Body: body, Header: http.Header{name: {value}}}
		if query != "" {
			r.Target += "?" + query
		}
		u, err := url.ParseRequestURI(r.Target)
		if err != nil {
			t.Skip("refused by every front door")
		}
		if _, err := url.ParseQuery(u.RawQuery); err != nil && p.loss.Order {
			t.Skip("refused by this front door")
		}
		p.agree(t, r)
	})
}

// FuzzAnswers looks for something a handler can do whose answer is not net/http's.
func FuzzAnswers(f *testing.F, h Harness) {
	p := start(f, h, longTimeout)
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add([]byte{4, 7, 2, 6, 3, 200})
	f.Fuzz(func(t *testing.T, plan []byte) {
		if len(plan) > 40 {
			t.Skip("long enough")
		}
		steps := make([]step, len(plan))
		for i, b := range plan {
			steps[i] = repertoire[int(b)%len(repertoire)]
		}
		p.agree(t, performing(t, steps))
	})
}

// repertoire has no dropped connection: how much of an answer comes before one is a matter of buffers.
var repertoire = []step{
	{Status: 200}, {Status: 204}, {Status: 304}, {Status: 103}, {Status: 500}, {Status: 418}, {Status: 303},
	{Text: "text"}, {Text: "<html>"}, {Text: "é<&>"}, {Write: []byte{0xff, 0xd8, 0xff}}, {Write: make([]byte, 3000)},
	{Add: []string{"Set-Cookie", "a=1; Expires=Sun, 22 Nov 2026 15:04:05 GMT"}}, {Add: []string{"Set-Cookie", "b=2"}},
	{Add: []string{"Vary", "Cookie"}}, {Set: []string{"Content-Type", "text/css"}}, {Set: []string{"Content-Type"}},
	{Set: []string{"Content-Encoding", "br"}}, {Set: []string{"X-Shop", "a\nb"}}, {Flush: true}, {Panic: "oops"},
}

func printable(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c > '~' })
}

// ordinary reports whether a header has no meaning for a connection, and may be sent.
func ordinary(name string) bool {
	switch canonical := http.CanonicalHeaderKey(name); canonical {
	case "Host", "Connection", "Content-Length", "Transfer-Encoding", "Trailer", "Expect", "Upgrade", "Origin", "Sec-Fetch-Site", "Te", "Keep-Alive":
		return false
	default:
		return name != "" && !strings.ContainsAny(name, ` "(),/:;<=>?@[\]{}`) && !strings.HasPrefix(canonical, "X-Forwarded") && canonical != "Via" && canonical != "Forwarded" && canonical != "X-Amzn-Trace-Id"
	}
}
