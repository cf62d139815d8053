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
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// harness runs services behind one of AWS's front doors.
func harness(f front, loss adaptertest.Loss) adaptertest.Harness {
	return adaptertest.Harness{Loss: loss, Start: func(t testing.TB, s function.Service, timeout time.Duration) adaptertest.Platform {
		t.Helper()
		return platform{f, open(t, s, config.Values{"REQUEST_TIMEOUT": timeout.String()}), timeout}
	}}
}

// open makes an adapter of a service.
func open(t testing.TB, s function.Service, values config.Values) *Adapter {
	t.Helper()
	a, err := Open(func(config.Values) (function.Service, error) { return s, nil }, values, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

type platform struct {
	front   front
	adapter *Adapter
	timeout time.Duration
}

func (p platform) Do(ctx context.Context, r adaptertest.Request) (adaptertest.Answer, error) {
	event, err := p.front(r)
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
	return answered(answer)
}

func (p platform) Deliver(ctx context.Context, event []byte) error {
	answer, err := p.adapter.Invoke(ctx, fmt.Appendf(nil, `{"events":[%s]}`, event))
	if err != nil {
		return err
	}
	var b batchAnswer
	if err := json.Unmarshal(answer, &b); err != nil {
		return err
	}
	if len(b.Failures) > 0 {
		return errors.New("again: " + b.Failures[0].ID)
	}
	return nil
}

// losses are those of the front doors.
var losses = map[string]adaptertest.Loss{
	"REST API":      {Order: true},
	"HTTP API":      {Escapes: true, Lines: true},
	"function URL":  {Lines: true},
	"load balancer": {Order: true},
}

func TestAdapter(t *testing.T) {
	t.Parallel()
	for name, f := range fronts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, harness(f, losses[name]))
		})
	}
}

func FuzzRESTRequests(f *testing.F) {
	adaptertest.FuzzRequests(f, harness(frontREST, losses["REST API"]))
}

func FuzzHTTPRequests(f *testing.F) {
	adaptertest.FuzzRequests(f, harness(frontHTTP, losses["HTTP API"]))
}

func FuzzURLRequests(f *testing.F) {
	adaptertest.FuzzRequests(f, harness(frontURL, losses["function URL"]))
}

func FuzzALBRequests(f *testing.F) {
	adaptertest.FuzzRequests(f, harness(frontALB, losses["load balancer"]))
}

func FuzzAnswers(f *testing.F) {
	adaptertest.FuzzAnswers(f, harness(frontURL, losses["function URL"]))
}
