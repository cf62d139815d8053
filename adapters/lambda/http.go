package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"strings"

	"github.com/awslabs/aws-lambda-go-api-proxy/core"
)

// http answers a request.
func (a *Adapter) http(ctx context.Context, p *payload) ([]byte, error) {
	req, err := p.request()
	if err != nil {
		a.runner.Log.WarnContext(ctx, "malformed request", "service", a.service.Name, "error", err)
		w := newAnswer(false)
		refuse := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "400 Bad Request", http.StatusBadRequest) }
		a.runner.Edge(http.HandlerFunc(refuse)).ServeHTTP(w, &http.Request{})
		return p.encode(w)
	}
	w := newAnswer(req.Method == http.MethodHead)
	a.handler.ServeHTTP(w, p.mounted(req.WithContext(ctx), a.settings.Mount.Path))
	return p.encode(w)
}

// encode writes the answer in the form that the request's shape asks for, with aws-lambda-go-api-proxy's own
// writers: they know which bodies need base64, and where cookies go.
func (p *payload) encode(a *answer) ([]byte, error) {
	a.finish()
	switch p.shape() {
	case loadBalancer:
		w := core.NewProxyResponseWriterALB()
		a.copyTo(w)
		response, err := w.GetProxyResponse()
		if p.MultiValueHeaders == nil { // a target group without multi-value headers reads only the plain ones
			response.Headers, response.MultiValueHeaders = plain(a.header), nil
		}
		return marshal(response, err)
	case restAPI:
		w := core.NewProxyResponseWriter()
		a.copyTo(w)
		return marshal(w.GetProxyResponse())
	default:
		w := core.NewProxyResponseWriterV2()
		a.copyTo(w)
		return marshal(w.GetProxyResponse())
	}
}

// copyTo writes the headers last: the writers guess a Content-Type, even where net/http would not.
func (a *answer) copyTo(w http.ResponseWriter) {
	_, _ = w.Write(a.body.Bytes()) // into memory
	clear(w.Header())
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
}

// plain leaves one value to each name: lists are joined, but cookies cannot be, and so take names that differ in case.
func plain(header http.Header) map[string]string {
	single := make(map[string]string, len(header))
	for name, values := range header {
		if name != "Set-Cookie" {
			single[name] = strings.Join(values, ", ")
			continue
		}
		for i, cookie := range values {
			single[spelling(name, i)] = cookie
		}
	}
	return single
}

// spelling returns the i-th way to write a name in small and capital letters.
func spelling(name string, i int) string {
	b := []byte(strings.ToLower(name))
	for at := range b {
		if 'a' <= b[at] && b[at] <= 'z' {
			if i&1 == 1 {
				b[at] -= 'a' - 'A'
			}
			i >>= 1
		}
	}
	return string(b)
}

// marshal leaves <, > and & as they are: six bytes each might take an answer past Lambda's 6 MB.
func marshal(response any, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(response)
	return out.Bytes(), err
}
