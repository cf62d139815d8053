package knative

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/function"
)

// receiver answers what Knative sends to a service.
type receiver struct {
	service function.Service
	runner  function.Runner
	giveUp  time.Duration // age from which an event that a Broker gave up is not tried again
}

// routes are the service's endpoints, and paths for the events and schedules that it has.
func (r receiver) routes() http.Handler {
	endpoints := r.runner.Handler(r.service)
	mux := http.NewServeMux()
	mux.Handle("/", endpoints)
	if len(r.service.Schedules) > 0 {
		mux.Handle("POST /schedules/{name}", r.runner.Bound(http.HandlerFunc(r.tick)))
	}
	if len(r.service.Consumers) == 0 {
		return mux
	}
	events := r.runner.Bound(http.HandlerFunc(r.consume))
	mux.Handle("POST /events/{consumer}", events)
	mux.HandleFunc("POST /{$}", func(w http.ResponseWriter, req *http.Request) {
		if isEvent(req.Header) {
			events.ServeHTTP(w, req)
			return
		}
		endpoints.ServeHTTP(w, req)
	})
	return mux
}

// consume gives an event to the one consumer that it is for: that of the path's name; or, without a name, the only one, or the
// only one of the event's type.
//
//	200  done, with an empty body: Eventing takes any other for an event; or, of an event that a Broker or the
//	     dispatcher gave up, it is among the service's dead letters
//	422  rejected: it is among the service's dead letters; or its publisher did not sign it, and it is kept nowhere
//	503  again: the consumer lacks what it depends on, or this version of it does not handle the event's type
//	500  again: the consumer failed
//	404  there is no such consumer, or more than one; a Broker tries again, for a route may be late
//	4xx  it is no event: 400 malformed, 413 too large, 415 neither binary nor structured
//
// 422 and the consumer's own 500 have the words of function.ErrRejected and function.ErrFailed, which tell them from a gateway's.
//
// The dead-letter sink of a consumer is the consumer's own path, so that its dead letters are stored together. What the consumer failed
// itself becomes a dead letter there. What a Broker could not bring is handled, as if it had come for the first time; if that fails, too,
// it is refused, so that it comes again, or, once it is older than giveUp, it becomes a dead letter.
func (r receiver) consume(w http.ResponseWriter, req *http.Request) {
	e, err := read(req)
	if err != nil {
		apierror.Write(w, err)
		return
	}
	name := req.PathValue("consumer")
	consumers := slices.DeleteFunc(slices.Clone(r.service.Consumers), func(c function.Consumer) bool {
		if name != "" {
			return c.Name != name
		}
		return len(r.service.Consumers) != 1 && !slices.Contains(c.Types, e.Type())
	})
	if len(consumers) != 1 {
		apierror.Write(w, apierror.ErrNotFound)
		return
	}
	if err := consumers[0].Consumes(e.Type()); err != nil { // first: this version may lack the key of its publisher
		settle(w, err)
		return
	}
	reason, own := gaveUp(&e)
	if errors.Is(own, function.ErrRejected) { // it is stored already
		settle(w, nil)
		return
	}
	if errors.Is(own, function.ErrFailed) {
		e.SetExtension(function.DeadReason, reason)
	}
	data, err := json.Marshal(e)
	if err != nil {
		apierror.Write(w, errMalformed.With(err))
		return
	}
	err = r.within(req, func(ctx context.Context) error { return r.runner.Consume(ctx, r.service, consumers[0], data) })
	if err != nil && !function.IsReject(err) && reason != "" && time.Since(e.Time()) > r.giveUp {
		cause := fmt.Errorf("%s: %w", reason, err)
		err = r.within(req, func(ctx context.Context) error { return r.runner.DeadLetter(ctx, r.service, consumers[0], data, cause) })
	}
	switch {
	case function.IsReject(err) && reason != "":
		err = nil // a Broker that is refused at its dead-letter sink, too, would bring it again
	case function.IsReject(err):
		err = function.ErrRejected.With(err)
	case err != nil && !bus.Temporary(err):
		err = function.ErrFailed.With(err)
	}
	settle(w, err)
}

// within gives fn as long as a request may take.
func (r receiver) within(req *http.Request, fn func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(req.Context(), r.runner.Timeout)
	defer cancel()
	return fn(ctx)
}

// tick runs a schedule once, for as long as a request may take.
func (r receiver) tick(w http.ResponseWriter, req *http.Request) {
	name := req.PathValue("name")
	at := slices.IndexFunc(r.service.Schedules, func(s function.Schedule) bool { return s.Name == name })
	if at < 0 {
		apierror.Write(w, apierror.ErrNotFound)
		return
	}
	settle(w, r.within(req, func(ctx context.Context) error { return r.runner.Tick(ctx, r.service, r.service.Schedules[at]) }))
}

// settle answers 200 with nothing, or with what went wrong. What is temporary is 503.
func settle(w http.ResponseWriter, err error) {
	if err == nil {
		w.WriteHeader(http.StatusOK)
		return
	}
	if bus.Temporary(err) {
		err = apierror.Unavailable(err)
	}
	apierror.Write(w, err)
}
