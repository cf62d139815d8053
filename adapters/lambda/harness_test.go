package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// open makes an adapter of a service.
func open(t testing.TB, s function.Service, values config.Values) *Adapter {
	t.Helper()
	a, err := Open(func(config.Values) (function.Service, error) { return s, nil }, functiontest.EventKeys().With(values), AWS{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// invoke returns what a client gets of an invocation's answer.
func invoke(t testing.TB, a *Adapter, payload string) adaptertest.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	data, err := a.Invoke(ctx, []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := lambdatest.Answered(data)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// within returns what a channel gives.
func within[T any](t testing.TB, ch <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-ch:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing happened")
	}
	return v
}

// platform runs a service behind one of AWS's front doors.
type platform struct {
	lambdatest.Front
	adapter *Adapter
	timeout time.Duration
}

func harness(f lambdatest.Front) adaptertest.Harness {
	return adaptertest.Harness{Loss: f.Loss, Base: f.Base, Start: func(t testing.TB, s function.Service, timeout time.Duration) adaptertest.Platform {
		t.Helper()
		return platform{f, open(t, s, config.Values{"REQUEST_TIMEOUT": timeout.String()}), timeout}
	}}
}

func (p platform) Do(ctx context.Context, r adaptertest.Request) (adaptertest.Answer, error) {
	event, err := p.Event(r)
	if err != nil {
		return adaptertest.Answer{}, err
	}
	data, err := json.Marshal(event)
	if err != nil {
		return adaptertest.Answer{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, p.timeout+margin)
	defer cancel()
	answer, err := p.adapter.Invoke(ctx, data)
	if err != nil {
		return adaptertest.Answer{}, err
	}
	return lambdatest.Answered(answer)
}

func (p platform) Deliver(ctx context.Context, event []byte) error {
	data, err := p.adapter.Invoke(ctx, fmt.Appendf(nil, `{"events":[%s]}`, event))
	if err != nil {
		return err
	}
	var answer batchAnswer
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	if len(answer.Failures) > 0 {
		return errors.New("again: " + answer.Failures[0].ID)
	}
	return nil
}

func TestAdapter(t *testing.T) {
	t.Parallel()
	for name, f := range lambdatest.Fronts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, harness(f))
		})
	}
}

func FuzzRESTRequests(f *testing.F) {
	adaptertest.FuzzRequests(f, harness(lambdatest.Fronts["REST API"]))
}
func FuzzHTTPRequests(f *testing.F) {
	adaptertest.FuzzRequests(f, harness(lambdatest.Fronts["HTTP API"]))
}
func FuzzURLRequests(f *testing.F) {
	adaptertest.FuzzRequests(f, harness(lambdatest.Fronts["function URL"]))
}
func FuzzALBRequests(f *testing.F) {
	adaptertest.FuzzRequests(f, harness(lambdatest.Fronts["load balancer"]))
}
func FuzzAnswers(f *testing.F) {
	adaptertest.FuzzAnswers(f, harness(lambdatest.Fronts["function URL"]))
}

// BenchmarkAdapter is one event of each front door, from its JSON to the answer's.
func BenchmarkAdapter(b *testing.B) {
	a := open(b, (&echo{}).service(), config.Values{})
	for name, f := range lambdatest.Fronts {
		event, err := f.Event(adaptertest.Request{Method: "POST", Target: "/orders?a=1&b=2", Body: []byte(`{"ticketId":1}`)})
		if err != nil {
			b.Fatal(err)
		}
		data, err := json.Marshal(event)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := a.Invoke(b.Context(), data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
