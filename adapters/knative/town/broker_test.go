package town_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// broker is a Broker of Knative's over an in-memory channel, and its Triggers.
//
// An event is taken, with 202, only after every Trigger has brought it to its subscriber or to its dead-letter
// sink. If one could do neither, the answer is 500, and the sender has to bring the event again, to all of them.
// When the sender hangs up, all that is under way for it ends.
type broker struct {
	triggers []trigger
	client   *http.Client
	log      *slog.Logger

	taken sync.Map // the ids of events
}

func (b *broker) took(id string) bool {
	_, ok := b.taken.Load(id)
	return ok
}

// trigger brings the events for which all its filters are true to a subscriber.
type trigger struct {
	name       string
	filters    []filter
	subscriber string // URL
	delivery   delivery
}

// cloudEvent is an event in binary mode: headers ce-… and Content-Type, and the data.
type cloudEvent struct {
	header http.Header
	data   []byte
}

func (e cloudEvent) attribute(name string) string { return e.header.Get("ce-" + name) }

// with returns the event with some attributes more. An empty value takes one away.
func (e cloudEvent) with(attributes map[string]string) cloudEvent {
	e.header = e.header.Clone()
	for name, value := range attributes {
		e.header.Del("ce-" + name)
		if value != "" {
			e.header.Set("ce-"+name, value)
		}
	}
	return e
}

// readEvent reads an event in binary mode.
func readEvent(header http.Header, body io.Reader) (cloudEvent, error) {
	e := cloudEvent{header: http.Header{}}
	maps.Copy(e.header, header)
	maps.DeleteFunc(e.header, func(name string, _ []string) bool { return name != "Content-Type" && !strings.HasPrefix(name, "Ce-") })
	for _, required := range []string{"specversion", "id", "source", "type"} {
		if e.attribute(required) == "" {
			return e, errors.New("no ce-" + required)
		}
	}
	var err error
	e.data, err = io.ReadAll(body)
	return e, err
}

// ServeHTTP is the ingress.
func (b *broker) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	e, err := readEvent(r.Header, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	e = e.with(map[string]string{"knativearrivaltime": time.Now().UTC().Format(time.RFC3339Nano), "knativebrokerttl": "255"})
	if err := b.fanOut(r.Context(), e); err != nil {
		b.log.Info("the broker could not deliver an event", "type", e.attribute("type"), "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	b.taken.Store(e.attribute("id"), nil)
	w.WriteHeader(http.StatusAccepted)
}

// fanOut is the channel: it waits for every Trigger, whatever becomes of the others.
func (b *broker) fanOut(ctx context.Context, e cloudEvent) error {
	var group errgroup.Group
	for _, t := range b.triggers {
		if !slices.ContainsFunc(t.filters, func(f filter) bool { return !f.matches(e) }) {
			group.Go(func() error {
				if err := b.deliver(ctx, t, e); err != nil {
					return fmt.Errorf("%s: %w", t.name, err)
				}
				return nil
			})
		}
	}
	return group.Wait()
}
