// Package apitest holds what services answer against the published document: an answer with a status, a field, a
// header or an error code that the document does not name fails the test, and so does one without the headers that every
// answer has.
package apitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/gittix/ticketing/shared/api"
)

// Handler checks what a handler answers to requests below /api/.
func Handler(t testing.TB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !published(r) {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if err := Check(r, answer.Result()); err != nil {
			t.Errorf("undocumented answer: %s %s: %v", r.Method, r.URL, err)
		}
		maps.Copy(w.Header(), answer.Header())
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes()) // the client went away
	})
}

// Transport checks what is answered to requests below /api/.
func Transport(t testing.TB, next http.RoundTripper) http.RoundTripper { return transport{t, next} }

type transport struct {
	t    testing.TB
	next http.RoundTripper
}

// RoundTrip sends a request and checks its answer.
func (c transport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.next.RoundTrip(r)
	if err == nil && published(r) {
		if err := Check(r, answer); err != nil {
			c.t.Errorf("undocumented answer: %s %s: %v", r.Method, r.URL, err)
		}
	}
	return answer, err
}

// published reports whether a request is a client's: /api/healthz is the platforms'.
func published(r *http.Request) bool {
	return strings.HasPrefix(r.URL.Path, "/api/") && r.URL.Path != "/api/healthz"
}

// document is what answers are held against.
type document struct {
	calls   api.Calls
	routes  *http.ServeMux                // from requests to methods and paths of the document
	schemas map[string]*jsonschema.Schema // of answers in JSON, by method, path and status
}

var load = sync.OnceValues(func() (*document, error) {
	d := &document{routes: http.NewServeMux(), schemas: map[string]*jsonschema.Schema{}}
	if err := json.Unmarshal(api.OpenAPI, &d.calls); err != nil {
		return nil, err
	}
	raw, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.OpenAPI))
	if err != nil {
		return nil, err
	}
	exact(raw)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.AssertFormat()
	if err := compiler.AddResource("openapi.json", raw); err != nil {
		return nil, err
	}
	for path, methods := range d.calls.Paths {
		for method, call := range methods {
			route := strings.ToUpper(method) + " " + path
			d.routes.Handle(route, http.NotFoundHandler())
			for status, answer := range call.Responses {
				if answer.Content[jsonType].Schema == nil {
					continue
				}
				pointer := strings.Join([]string{"#/paths", strings.ReplaceAll(path, "/", "~1"), method, "responses", status, "content/application~1json/schema"}, "/")
				if d.schemas[route+" "+status], err = compiler.Compile("openapi.json" + pointer); err != nil {
					return nil, err
				}
			}
		}
	}
	return d, nil
})

// exact lets no object have fields that its schema does not name: the document leaves room for them, services do not.
func exact(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, object := v["properties"].(map[string]any); object {
			v["additionalProperties"] = false
		}
		for _, inner := range v {
			exact(inner)
		}
	case []any:
		for _, inner := range v {
			exact(inner)
		}
	}
}

// Headers that any answer may have: HTTP's own, and those that guard pages.
var anyHeaders = []string{
	"Content-Type", "Content-Length", "Date", "Cache-Control", "Vary", "Connection", "X-Content-Type-Options", "Referrer-Policy",
	"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Content-Security-Policy", "Strict-Transport-Security",
}

// guard returns an error that says which header an answer lacks.
func guard(answer *http.Response) error {
	needed := []string{"X-Content-Type-Options", "Content-Security-Policy", "Cache-Control"}
	if s := answer.StatusCode; s == http.StatusServiceUnavailable || s == http.StatusTooManyRequests {
		needed = append(needed, "Retry-After")
	}
	for _, name := range needed {
		if answer.Header.Get(name) == "" {
			return fmt.Errorf("%d without %s", answer.StatusCode, name)
		}
	}
	return nil
}

const jsonType = "application/json"

// Check returns an error that says what of an answer is not documented. The answer's body can be read again.
func Check(r *http.Request, answer *http.Response) error {
	d, err := load()
	if err != nil {
		return err
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	if err := guard(answer); err != nil {
		return err
	}
	var failure struct{ Code string }
	if answer.StatusCode >= http.StatusBadRequest {
		if err := json.Unmarshal(body, &failure); err != nil {
			return fmt.Errorf("%d is no error of ours: %.200s", answer.StatusCode, body)
		}
	}
	_, route := d.routes.Handler(r)
	if route == "" {
		if answer.StatusCode != http.StatusNotFound || failure.Code != "not_found" {
			return fmt.Errorf("no such path, but %d %.200s", answer.StatusCode, body)
		}
		return nil
	}
	method, path, _ := strings.Cut(route, " ")
	status := strconv.Itoa(answer.StatusCode)
	documented := d.calls.Paths[path][strings.ToLower(method)].Responses[status]
	if documented == nil {
		return fmt.Errorf("status %s %.200s", status, body)
	}
	if _, known := documented.Content[jsonType].Examples[failure.Code]; failure.Code != "" && !known {
		return fmt.Errorf("code %s of status %s", failure.Code, status)
	}
	for name := range answer.Header {
		known := func(other string) bool { return strings.EqualFold(name, other) }
		if !slices.ContainsFunc(slices.Collect(maps.Keys(documented.Headers)), known) && !slices.ContainsFunc(anyHeaders, known) {
			return fmt.Errorf("header %s of status %s", name, status)
		}
	}
	schema := d.schemas[route+" "+status]
	if schema == nil || r.Method == http.MethodHead {
		return nil
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}
