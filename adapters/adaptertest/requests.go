package adaptertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
)

func testRequests(t *testing.T, h Harness) {
	t.Parallel()
	p := start(t, h, longTimeout)
	everyByte := make([]byte, 256)
	for i := range everyByte {
		everyByte[i] = byte(i)
	}
	type header = http.Header
	for name, r := range map[string]Request{
		"nothing":                 {Target: "/mirror/"},
		"a path":                  {Target: "/mirror/a/b"},
		"an escaped slash":        {Target: "/mirror/a%2Fb"},
		"escapes":                 {Target: "/mirror/a%20b/%C3%A9/%2B+;=@:!$&'()*,~"},
		"an escaped escape":       {Target: "/mirror/%2541"},
		"steps up, escaped":       {Target: "/mirror/a/..%2fb"},
		"steps up, all escaped":   {Target: "/mirror/a/%2e%2E%2Fb"},
		"slashes, escaped":        {Target: "/mirror/%2F%2Fa"},
		"an escaped end":          {Target: "/mirror/a%2F"},
		"a backslash":             {Target: "/mirror/a%5Cb"},
		"an escaped question":     {Target: "/mirror/why%3F%23"},
		"small escapes":           {Target: "/mirror/%c3%a9%7e"},
		"dots that go up":         {Target: "/mirror/a/../b"},
		"two slashes":             {Target: "/mirror//a"},
		"no such path":            {Target: "/nowhere"},
		"no such method":          {Method: http.MethodDelete, Target: "/perform"},
		"a query":                 {Target: "/mirror/?a=1&b=2"},
		"a repeated parameter":    {Target: "/mirror/?a=2&a=1&a=3"},
		"an escaped query":        {Target: "/mirror/?q=a%20b%2Bc%26d%3De&%C3%A9=%F0%9F%8E%AB"},
		"plus in a query":         {Target: "/mirror/?q=a+b"},
		"an empty parameter":      {Target: "/mirror/?a=&b="},
		"a question mark":         {Target: "/mirror/?"},
		"a question in a query":   {Target: "/mirror/?a=b?c"},
		"a header":                {Header: header{"X-Shop": {"tickets"}}},
		"a header in small":       {Header: header{"x-shop": {"tickets"}}},
		"a repeated header":       {Header: header{"X-Shop": {"tickets", "and more"}}},
		"commas in headers":       {Header: header{"If-Modified-Since": {"Sun, 22 Nov 2026 15:04:05 GMT"}, "User-Agent": {"Mozilla/5.0 (X11, KHTML, like Gecko)"}, "Accept": {"text/html, */*;q=0.8"}}},
		"an empty header":         {Header: header{"X-Shop": {""}}},
		"spaces around a header":  {Header: header{"X-Shop": {"  tickets\t"}}},
		"pragma":                  {Header: header{"Pragma": {"no-cache"}}},
		"a trace":                 {Header: header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}}},
		"a cookie":                {Header: header{"Cookie": {"session=eyJqd3QiOiJ4In0="}}},
		"cookies":                 {Header: header{"Cookie": {`a=1; b="2"; c=x=y`}}},
		"lines of cookies":        {Header: header{"Cookie": {"a=1", "b=2"}}},
		"the same origin":         {Method: http.MethodPost, Header: header{"Origin": {"https://" + Host}}},
		"another origin":          {Method: http.MethodPost, Header: header{"Origin": {"https://evil.example.com"}}},
		"another site":            {Method: http.MethodPost, Header: header{"Sec-Fetch-Site": {"cross-site"}}},
		"a body":                  {Method: http.MethodPost, Body: []byte(`{"price":1}`), Header: header{"Content-Type": {"application/json"}}},
		"a body of every byte":    {Method: http.MethodPut, Body: everyByte},
		"a body of text":          {Method: http.MethodPatch, Body: []byte("\u2028 é 🎫 <&> \\\" \x00\r\n"), Header: header{"Content-Type": {"text/plain; charset=utf-8"}}},
		"a body of nothing":       {Method: http.MethodPost},
		"a body of 1 MiB":         {Method: http.MethodPost, Body: bytes.Repeat(everyByte, 4096)},
		"a text of 1 MiB":         {Method: http.MethodPost, Body: []byte(strings.Repeat("<ticket>", 1<<17))},
		"a body of a DELETE":      {Method: http.MethodDelete, Body: []byte("why")},
		"a body that looks coded": {Method: http.MethodPost, Body: []byte("aGVsbG8=")},
		"HEAD":                    {Method: http.MethodHead},
		"all of it": {Method: http.MethodPut, Target: "/mirror/a%20b/c?x=1&y=2&x=3", Body: everyByte,
			Header: header{"Cookie": {"a=1; b=2"}, "X-Shop": {"one, two"}, "Content-Type": {"application/octet-stream"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p.agree(t, r)
		})
	}
}

// testMalformedPaths: what is no path, or would be none after it was unescaped once, is refused on every front, by whoever sees it first.
func testMalformedPaths(t *testing.T, h Harness) {
	t.Parallel()
	p := start(t, h, longTimeout)
	for _, target := range []string{"/mirror/%zz", "/mirror/%25zz", "/mirror/100%", "/mirror/100%25", "/%zz", "/mirror/%2", "/mirror/%252"} {
		for name, platform := range map[string]Platform{"net/http": p.right, "the platform": p.tested} {
			a, err := platform.Do(t.Context(), Request{Method: http.MethodGet, Target: target})
			if err != nil || a.Status != http.StatusBadRequest {
				t.Errorf("%s: %s answers %d %.100s, %v", target, name, a.Status, a.Body, err)
			}
		}
	}
}

// agree checks that both platforms bring the handler the same request, and the client the same answer.
func (p pair) agree(t testing.TB, r Request) {
	t.Helper()
	if r.Method == "" {
		r.Method = http.MethodGet
	}
	if r.Target == "" {
		r.Target = "/mirror/"
	}
	want, wantErr := p.right.Do(t.Context(), r)
	got, gotErr := p.tested.Do(t.Context(), r)
	if (wantErr == nil) != (gotErr == nil) {
		t.Fatalf("%s %s: net/http says %v, and the platform %v", r.Method, r.Target, wantErr, gotErr)
	}
	if wantErr != nil {
		return
	}
	if r.Method != http.MethodHead && strings.HasPrefix(r.Target, "/mirror/") && want.Status == http.StatusOK {
		saw(t, &got, p.loss)
		saw(t, &want, p.loss)
	}
	want.Header = below(p.base, want.Header)
	compare(t, r, got, want, p.loss)
}

// below returns the headers of an answer as they are for a client that sees a path before every other.
func below(base string, header http.Header) http.Header {
	if to := header.Get("Location"); strings.HasPrefix(to, "/") {
		header.Set("Location", base+to)
	}
	for i, link := range header["Link"] {
		header["Link"][i] = strings.ReplaceAll(link, "</", "<"+base+"/")
	}
	return header
}

// saw puts the answer of /mirror as it would be after a loss.
func saw(t testing.TB, a *Answer, loss Loss) {
	t.Helper()
	var s seen
	if err := json.Unmarshal(a.Body, &s); err != nil {
		t.Fatalf("not a mirror's answer: %d %.300s", a.Status, a.Body)
	}
	b, err := json.MarshalIndent(s.after(loss), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	a.Body = b
}

// compare checks that two answers are the same for a client.
func compare(t testing.TB, r Request, got, want Answer, loss Loss) {
	t.Helper()
	if got.Status != want.Status {
		t.Errorf("%s %s: status %d, want %d", r.Method, r.Target, got.Status, want.Status)
	}
	g, w := got.Header.Clone(), want.Header.Clone()
	for _, h := range []http.Header{g, w} {
		for _, name := range []string{"Date", "Connection", "Content-Length", "Transfer-Encoding"} {
			h.Del(name) // of one connection
		}
	}
	if loss.Lines {
		g, w = oneLine(g), oneLine(w)
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("%s %s: headers\n%v, want\n%v", r.Method, r.Target, g, w)
	}
	if !bytes.Equal(got.Body, want.Body) {
		t.Errorf("%s %s: body of %d bytes\n%.1500s\nwant %d bytes\n%.1500s", r.Method, r.Target, len(got.Body), got.Body, len(want.Body), want.Body)
	}
}

func testManyAtOnce(t *testing.T, h Harness) {
	t.Parallel()
	p := start(t, h, longTimeout)
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			body := fmt.Appendf(nil, "request %d", i)
			got, err := p.tested.Do(context.WithoutCancel(t.Context()), Request{Method: http.MethodPost, Target: fmt.Sprintf("/mirror/%d", i), Body: body})
			var s seen
			if err != nil || json.Unmarshal(got.Body, &s) != nil || !bytes.Equal(s.Body, body) || s.Rest != fmt.Sprint(i) {
				t.Errorf("request %d: %v, %d %.300s", i, err, got.Status, got.Body)
			}
		})
	}
	all.Wait()
}
