package dispatcher

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// connections is how many idle connections to one host are kept.
const connections = 256

// newClient follows no redirect: what a redirect answers is no confirmation.
func newClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, connections
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// endpoint is a target that takes CloudEvents over HTTP, in binary mode.
//
//	2xx with an empty body              done
//	what function.ErrRejected says      rejected: the service has put the event among its dead letters
//	what function.ErrFailed says        again, and counted
//	anything else, whatever the status  again, not before Retry-After
//
// Why the words count and not the status: 4xx and 5xx come from proxies, policies and routes that are not there yet, too, as 2xx comes
// with their pages, and the event would be lost, or become a dead letter for an outage. A Broker fails no event, and has no dead
// letters of its own (it would pass them to every consumer): all that it refuses comes again, uncounted.
type endpoint struct {
	url        string
	client     *http.Client
	extensions map[string]string // added to every event
	broker     bool
}

func (p endpoint) deliver(ctx context.Context, e event.Event) error {
	for name, value := range p.extensions {
		e.SetExtension(name, value)
	}
	request, err := binary(ctx, p.url, e)
	if err != nil {
		return unavailable{cause: err}
	}
	answer, err := p.client.Do(request)
	if err != nil {
		return unavailable{cause: err}
	}
	defer answer.Body.Close() //nolint:errcheck // what matters has been read
	body, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return unavailable{cause: err}
	}
	return p.judge(answer, body)
}

func (p endpoint) judge(answer *http.Response, body []byte) error {
	if answer.StatusCode >= 200 && answer.StatusCode < 300 && len(body) == 0 {
		return nil
	}
	failure := fmt.Errorf("%s: %s: %s", answer.Request.URL.Redacted(), answer.Status, excerpt(body))
	own := function.AnswerOf(body)
	switch {
	case p.broker, own == nil:
		return unavailable{failure, retryAfter(answer.Header.Get("Retry-After"), time.Now())}
	case errors.Is(own, function.ErrRejected):
		return errRejected
	}
	return failure
}

// retryAfter reads a number of seconds or a date; 0 if it is neither, or past.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(value); err == nil {
		return max(0, time.Duration(min(seconds, 24*60*60))*time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// binary is a request that carries an event in binary mode: the data is the body, and the rest are headers.
func binary(ctx context.Context, url string, e event.Event) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(e.Data))
	if err != nil {
		return nil, errors.New("not a URL") // err repeats it
	}
	for name, value := range e.Attributes() {
		if name != "datacontenttype" {
			request.Header.Set(textproto.CanonicalMIMEHeaderKey("ce-"+name), escape(value))
		}
	}
	request.Header.Set("Content-Type", e.ContentType())
	return request, nil
}

// escape writes a header's value as the HTTP binding of CloudEvents wants it.
func escape(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		if c <= ' ' || c > '~' || c == '"' || c == '%' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
