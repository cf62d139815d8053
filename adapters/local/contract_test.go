package local_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/api/apitest"
)

// generator makes a client of an OpenAPI document.
const generator = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2"

// document is the published one.
func document(t *testing.T) (doc api.Calls) {
	t.Helper()
	if err := json.Unmarshal(api.OpenAPI, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// bodyExample is the documented example of a call's body; nil if it has none.
func bodyExample(call *api.Operation) any {
	if call.Body == nil {
		return nil
	}
	return call.Body.Content["application/json"].Example
}

// testDocumented sends every documented request with its examples: as a guest, as a user, and from another site.
func testDocumented(t *testing.T, s *systemtest.System) {
	client := &http.Client{Transport: apitest.Transport(t, http.DefaultTransport)}
	s.Offer(t, s.User(t), "Cup final", "42.50")
	for path, methods := range document(t).Paths {
		for method, call := range methods {
			for _, as := range []string{"guest", "user", "another site"} {
				r := request(t, s.URL, path, method, call)
				switch as {
				case "user":
					r.AddCookie(s.User(t).Cookie()) // one may be signed out
				case "another site":
					r.Header.Set("Sec-Fetch-Site", "cross-site")
				}
				answer, err := client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(answer.Body)
				_ = answer.Body.Close() // it has been read
				private := len(call.Security) > 0 && len(call.Security[0]) > 0
				if err != nil || answer.StatusCode >= 500 || as == "guest" && private != (answer.StatusCode == http.StatusUnauthorized) {
					t.Errorf("%s as %s: %d %s %v", call.ID, as, answer.StatusCode, body, err)
				}
			}
		}
	}
}

// request is a documented one, with the examples of its parameters and body.
func request(t *testing.T, url, path, method string, call *api.Operation) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), strings.ToUpper(method), url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	query := r.URL.Query()
	for _, p := range call.Parameters {
		example, err := json.Marshal(p.Example)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Trim(string(example), `"`)
		switch {
		case p.Example == nil:
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", text)
		case p.In == "query":
			query.Set(p.Name, text)
		default:
			r.Header.Set(p.Name, text)
		}
	}
	r.URL.Path, r.URL.RawQuery = path, query.Encode()
	if example := bodyExample(call); example != nil {
		body, err := json.Marshal(example)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	}
	return r
}

// TestGeneratedClient: a client that a stranger generates from the document signs up, offers, orders and pays.
func TestGeneratedClient(t *testing.T) {
	t.Parallel()
	s := systemtest.Local(t, systemtest.JetStream, nil)
	dir := t.TempDir()
	program, err := os.ReadFile("testdata/generated/trade.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"openapi.json": api.OpenAPI, "trade.go": program, "go.mod": []byte("module trade\n\ngo 1.26\n\nrequire github.com/oapi-codegen/runtime v1.9.0\n")} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{
		{"run", generator, "-generate", "types,client", "-package", "main", "-o", "client.go", "openapi.json"},
		{"mod", "tidy"}, {"run", ".", s.URL},
	} {
		run := exec.CommandContext(t.Context(), "go", args...)
		run.Dir, run.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("go %v: %v\n%s", args, err, out)
		}
	}
}
