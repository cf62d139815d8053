package adaptertest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"
)

func testAnswers(t *testing.T, h Harness) {
	t.Parallel()
	p := start(t, h, longTimeout)
	for name, steps := range map[string][]step{
		"nothing":                  {},
		"only a status":            {{Status: 201}},
		"text":                     {{Text: "hello"}},
		"text of several writes":   {{Text: "<html>"}, {Text: "hello"}},
		"bytes":                    {{Write: []byte{0xff, 0, 0xfe, 1, 2}}},
		"bytes that are text":      {{Write: []byte("\u2028 é 🎫 \x00 <&>")}},
		"a type":                   {{Set: []string{"Content-Type", "application/json"}}, {Text: "{}"}},
		"no type":                  {{Set: []string{"Content-Type"}}, {Text: "<html>"}},
		"an empty type":            {{Set: []string{"Content-Type", ""}}, {Text: "<html>"}},
		"coded":                    {{Set: []string{"Content-Encoding", "gzip"}}, {Write: []byte{0x1f, 0x8b, 8, 0}}},
		"two cookies":              {{Add: []string{"Set-Cookie", "a=1; Path=/; Expires=Sun, 22 Nov 2026 15:04:05 GMT"}}, {Add: []string{"Set-Cookie", "b=2"}}, {Text: "x"}},
		"four cookies":             {{Add: []string{"Set-Cookie", "a=1", "b=2", "c=3", "d=4"}}},
		"a repeated header":        {{Add: []string{"Link", "<a>; rel=next", "<b>; rel=prev"}}},
		"a redirect":               {{Set: []string{"Location", "/orders/7?a=b&c=d"}}, {Status: 303}},
		"a second status":          {{Status: 404}, {Status: 200}, {Text: "gone"}},
		"a status too late":        {{Text: "x"}, {Status: 500}},
		"a header too late":        {{Status: 200}, {Set: []string{"X-Late", "1"}}, {Text: "x"}},
		"an interim status":        {{Set: []string{"Link", "</a.css>; rel=preload"}}, {Status: 103}, {Status: 200}, {Text: "x"}},
		"no content":               {{Status: 204}},
		"no content, with some":    {{Set: []string{"Content-Type", "text/plain"}}, {Status: 204}, {Text: "x"}},
		"not modified":             {{Set: []string{"Etag", `"1"`}}, {Set: []string{"Content-Type", "text/plain"}}, {Status: 304}},
		"an unknown status":        {{Status: 299}, {Text: "x"}},
		"line breaks in a header":  {{Set: []string{"X-Shop", " a\r\nEvil: 1 "}}},
		"a header with a bad name": {{Set: []string{"Bad Name", "1"}}, {Text: "x"}},
		"flushed before its end":   {{Text: "<html"}, {Flush: true}, {Text: ">"}},
		"flushed before all":       {{Flush: true}, {Set: []string{"X-Late", "1"}}, {Text: "<html>"}},
		"a panic":                  {{Panic: "oops"}},
		"a panic halfway":          {{Status: 202}, {Text: "so far"}, {Panic: "oops"}},
		"a dropped connection":     {{Abort: true}},
		"1 MiB":                    {{Write: bytes.Repeat([]byte{0, 1, 2, 0xff}, 1<<18)}},
		"1 MiB of text":            {{Text: "<"}, {Write: bytes.Repeat([]byte("<ab>"), 1<<18)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.agree(t, performing(t, steps))
		})
	}
	t.Run("HEAD", func(t *testing.T) {
		t.Parallel()
		p.agree(t, Request{Method: http.MethodHead, Target: "/perform"})
	})
}

func performing(t testing.TB, steps []step) Request {
	t.Helper()
	body, err := json.Marshal(steps)
	if err != nil {
		t.Fatal(err)
	}
	return Request{Method: http.MethodPost, Target: "/perform", Body: body}
}

func testDeadline(t *testing.T, h Harness) {
	t.Parallel()
	p := start(t, h, 300*time.Millisecond)
	p.agree(t, Request{Target: "/wait"})
}
