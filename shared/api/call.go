package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"github.com/gittix/ticketing/shared/apierror"
)

const maxAnswer = 4 << 20 // bytes

// call is one request. Its answer's JSON goes into out.
type call struct {
	method, path string
	in, out      any // nil for nothing
	header       http.Header
	timeout      time.Duration // 0: the client's
}

type keyKey struct{}

// WithKey returns a context in which a POST is done once, however often it is sent: by this Idempotency-Key, which is the user's alone. A key is
// for one call: another one with it is ErrKeyReused.
func WithKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyKey{}, key)
}

// What any POST with a key may answer.
var (
	ErrKeyReused  = apierror.New(http.StatusUnprocessableEntity, "Idempotency key reused.")
	ErrKeyInUse   = apierror.New(http.StatusConflict, "Idempotency key in use.")
	ErrAnswerLost = apierror.New(http.StatusConflict, "Idempotency key used, answer lost.")
)

// Do sends in as JSON to the service that answers a path, and reads its answer into out, where they are not nil.
// It is for calls that have no method of their own.
func (s *Session) Do(ctx context.Context, method, path string, in, out any) (http.Header, error) {
	return s.do(ctx, call{method: method, path: path, in: in, out: out})
}

// do calls, and again while the same call with its key is under way, as long as its time allows: it is answered as that one. A connection
// that was refused is asked for once more, since nothing was sent, and behind the address there may be another process by now.
func (s *Session) do(ctx context.Context, c call) (http.Header, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(c.timeout, s.client.timeout))
	defer cancel()
	ends, _ := ctx.Deadline()
	for refused := false; ; {
		header, err := s.once(ctx, c)
		if errors.Is(err, syscall.ECONNREFUSED) && !refused {
			refused = true
			continue
		}
		if !errors.Is(err, ErrKeyInUse) {
			return header, err
		}
		pause := max(apierror.From(err).RetryAfter, time.Second)
		if time.Until(ends) < pause {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(pause):
		}
	}
}

func (s *Session) once(ctx context.Context, c call) (http.Header, error) {
	req, err := c.request(ctx, s.client.origins.of(c.path))
	if err != nil {
		return nil, err
	}
	if cookie := s.Cookie(); cookie != nil {
		req.AddCookie(cookie)
	}
	answer, err := s.client.http.Do(req)
	if err != nil {
		return nil, apierror.Unavailable(c.wrap(err))
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return nil, apierror.Unavailable(err)
	}
	if answer.StatusCode/100 != 2 {
		return nil, failure(c, answer, body)
	}
	s.keep(answer.Header.Values("Set-Cookie"))
	if c.out != nil {
		if err := json.Unmarshal(body, c.out); err != nil {
			return nil, apierror.Unavailable(c.wrap(err))
		}
	}
	return answer.Header, nil
}

func (c call) request(ctx context.Context, address string) (*http.Request, error) {
	var body io.Reader
	if c.in != nil {
		b, err := json.Marshal(c.in)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, address, body)
	if err != nil {
		return nil, err
	}
	for name, values := range c.header {
		req.Header[name] = values
	}
	if c.in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key, ok := ctx.Value(keyKey{}).(string); ok && c.method == http.MethodPost {
		req.Header.Set("Idempotency-Key", key)
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(req.Header))
	return req, nil
}

// wrap says which call failed. Its query is left out: that may hold a secret, and errors are logged.
func (c call) wrap(err error) error {
	if sent := (*url.Error)(nil); errors.As(err, &sent) { // which names the whole address
		err = sent.Err
	}
	path, _, _ := strings.Cut(c.path, "?")
	return fmt.Errorf("%s %s: %w", c.method, path, err)
}

// failure is what a service answered with. Its own faults, and answers that are none of ours, are Unavailable.
func failure(c call, answer *http.Response, body []byte) error {
	var said struct {
		Message, Code string
		Fields        []apierror.Field
	}
	err := json.Unmarshal(body, &said)
	if err != nil || said.Code == "" || answer.StatusCode < 400 {
		return apierror.Unavailable(c.wrap(fmt.Errorf("%s, and no error of ours: %.100q", answer.Status, body)))
	}
	e := &apierror.Error{Status: answer.StatusCode, Code: said.Code, Message: said.Message, Fields: said.Fields}
	if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	if e.Status == http.StatusServiceUnavailable {
		return apierror.Overloaded(e) // which it has counted, and logged if more than that is wrong
	}
	if e.Status >= 500 {
		return apierror.Unavailable(e)
	}
	return e
}
