package local_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
)

// always are the headers of every answer, and what each holds.
var always = map[string]string{
	"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'", "Cache-Control": "", "Referrer-Policy": "same-origin",
	"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}

// testDoors: what answers at all (every endpoint, by every method; probes, metrics and what is nowhere) does so with the headers that every answer
// has, says the type and the charset of what it answers, and keeps nothing of a body that it does not want.
func testDoors(t *testing.T, s *systemtest.System) {
	files := func() []string {
		found, err := filepath.Glob(filepath.Join(os.TempDir(), "multipart-*"))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	before := files()
	paths := []string{"/health", "/api/healthz", "/metrics", "/nowhere", "/api/nowhere", "//", "/sandbox/nowhere", "/events/x", "/schedules/x"}
	for _, e := range append(endpoints(t, false), endpoints(t, true)...) {
		if path := strings.NewReplacer("{$}", "", "{id}", "1", "{name}", "x").Replace(e.Path); !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	const head = "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
	large := append([]byte(head), make([]byte, 36<<20)...) // above what net/http keeps in memory
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, path := range paths {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			for _, body := range [][]byte{nil, large} {
				if body != nil && method != "GET" && method != "HEAD" && method != "POST" {
					continue
				}
				r, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, bytes.NewReader(body))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
				answer, err := client.Do(r)
				if err != nil && body != nil {
					continue // it hung up without reading all
				}
				if err != nil {
					t.Fatal(err)
				}
				text, err := io.ReadAll(answer.Body)
				_ = answer.Body.Close() // it has been read
				for name, value := range always {
					if name == "Referrer-Policy" && strings.HasSuffix(path, "/{token}") && answer.Header.Get(name) == "strict-origin" {
						continue // not even this site's logs get such an address as a referrer
					}
					if got := answer.Header.Get(name); err != nil || got == "" || !strings.HasPrefix(got, value) {
						t.Errorf("%s %s: %d, %s is %q, %v", method, path, answer.StatusCode, name, got, err)
					}
				}
				if kind := answer.Header.Get("Content-Type"); len(text) > 0 && !strings.Contains(kind, "charset=utf-8") && !strings.HasPrefix(path, "/sandbox/") {
					t.Errorf("%s %s: %d, Content-Type is %q", method, path, answer.StatusCode, kind)
				}
				if method == "TRACE" && answer.StatusCode/100 == 2 {
					t.Errorf("TRACE %s: %d", path, answer.StatusCode)
				}
			}
		}
	}
	for _, file := range files() {
		if !slices.Contains(before, file) {
			t.Errorf("%s is left behind", file)
		}
	}
}
