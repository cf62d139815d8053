package knative_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
	"golang.org/x/sync/errgroup"
)

// broker does what the Broker of Eventing v0.50 over an in-memory channel promises, and no more.
//
// An event is taken, with 202, only after every Trigger has brought it to its subscriber or to its dead-letter sink. If
// one could do neither, the answer is 500, and the sender has to bring the event again, to all of them. When the sender
// hangs up, all that is under way for it ends. A subscriber that does not answer is told of as one that answered 500.
type broker struct {
	triggers []trigger
	inside   string // URL below which each service answers
	client   *http.Client
	taken    sync.Map // ids of events
}

// Attempts of a Trigger after the first, and how much longer it waits before each; sooner and fewer than in a cluster.
const (
	retries = 4
	backoff = 100 * time.Millisecond
)

// manifest is what is read of a Trigger or a PingSource.
type manifest struct {
	Metadata struct{ Name string }
	Spec     struct {
		Filters    []filter
		Subscriber destination
		Delivery   struct {
			DeadLetterSink destination `yaml:"deadLetterSink"`
		}
		Sink destination
	}
}

type trigger = manifest

// filter is true of an event with exactly these attributes, and of one of which any of the others is.
type filter struct {
	Exact map[string]string
	Any   []filter
}

// destination is a path of a service.
type destination struct {
	Ref struct{ Name string }
	URI string
}

func (d destination) url(inside string) string { return inside + "/" + d.Ref.Name + d.URI }

func (f filter) matches(header http.Header) bool {
	for name, value := range f.Exact {
		if header.Get("ce-"+name) != value {
			return false
		}
	}
	return len(f.Any) == 0 || slices.ContainsFunc(f.Any, func(one filter) bool { return one.matches(header) })
}

// manifests reads a file of knative/.
func manifests(t *testing.T, file string) (all []manifest) {
	t.Helper()
	data, err := os.ReadFile("../../knative/" + file)
	if err != nil {
		t.Fatal(err)
	}
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var m manifest
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, m)
	}
}

// ServeHTTP is the ingress. Events are in binary mode: headers ce-…, and the data.
func (b *broker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(r.Body)
	id := r.Header.Get("ce-id")
	if err != nil || r.Method != http.MethodPost || id == "" || r.Header.Get("ce-type") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	header := http.Header{"Kn-Namespace": {"ticketing"}, "Ce-Knativearrivaltime": {time.Now().UTC().Format(time.RFC3339Nano)}}
	for name, values := range r.Header {
		if name == "Content-Type" || strings.HasPrefix(name, "Ce-") {
			header[name] = values
		}
	}
	var group errgroup.Group
	for _, t := range b.triggers {
		if !slices.ContainsFunc(t.Spec.Filters, func(f filter) bool { return !f.matches(header) }) {
			group.Go(func() error { return b.deliver(r.Context(), t, header, data) })
		}
	}
	if group.Wait() != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	b.taken.Store(id, nil)
	w.WriteHeader(http.StatusAccepted)
}

// deliver brings an event to the subscriber, or else to the dead-letter sink, with the reason.
func (b *broker) deliver(ctx context.Context, t trigger, header http.Header, data []byte) error {
	subscriber := t.Spec.Subscriber.url(b.inside)
	header = header.Clone()
	header.Set("Prefer", "reply")
	status, answer := b.retry(ctx, subscriber, header, data)
	if status < 300 && len(answer) > 0 { // it is no event
		status = http.StatusBadGateway
	}
	if status < 300 {
		return nil
	}
	header.Del("Prefer")
	header.Set("ce-knativeerrordest", subscriber)
	header.Set("ce-knativeerrorcode", strconv.Itoa(status))
	header.Set("ce-knativeerrordata", base64.StdEncoding.EncodeToString(answer))
	if ctx.Err() == nil {
		if last, _ := b.retry(ctx, t.Spec.Delivery.DeadLetterSink.url(b.inside), header, data); last < 300 {
			return nil
		}
	}
	return fmt.Errorf("%s: %s answered %d", t.Metadata.Name, subscriber, status)
}

// retry posts an event until it is taken, or refused for good.
func (b *broker) retry(ctx context.Context, url string, header http.Header, data []byte) (status int, answer []byte) {
	for n := 0; ; n++ {
		status, answer = b.post(ctx, url, header, data)
		again := status >= 500 || slices.Contains([]int{404, 408, 409, 429}, status)
		if !again || n == retries || ctx.Err() != nil {
			return status, answer
		}
		select {
		case <-time.After(backoff * time.Duration(n)):
		case <-ctx.Done():
		}
	}
}

func (b *broker) post(ctx context.Context, url string, header http.Header, data []byte) (status int, answer []byte) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(data))
	if err != nil {
		return http.StatusInternalServerError, []byte("dispatch error: " + err.Error())
	}
	r.Header = header
	reply, err := b.client.Do(r)
	if err != nil {
		return http.StatusInternalServerError, []byte("dispatch error: " + err.Error())
	}
	defer reply.Body.Close() //nolint:errcheck // it has been read
	if answer, err = io.ReadAll(io.LimitReader(reply.Body, 1024)); err != nil {
		return http.StatusInternalServerError, []byte("dispatch error: " + err.Error())
	}
	return reply.StatusCode, answer
}
