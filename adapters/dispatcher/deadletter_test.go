package dispatcher

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestDeadLetterOfALambda: an event that a real Lambda adapter's consumer fails too often ends in the service's
// own dead letters, as it was, and can be replayed from there.
func TestDeadLetterOfALambda(t *testing.T) {
	t.Parallel()
	db, _ := newService(t)
	var fixed atomic.Bool
	service := function.Service{
		Name:        "orders",
		DeadLetters: db.DeadLetters(),
		Consumers: []function.Consumer{function.On("copy-ticket", func(context.Context, event.Ticket) error {
			if fixed.Load() {
				return nil
			}
			return errors.New("a bug")
		}, event.TicketCreated)},
		Stop: func() {},
	}
	adapter, err := lambda.Open(func(config.Values) (function.Service, error) { return service, nil }, functiontest.EventKeys(), io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(invocations(adapter))
	t.Cleanup(server.Close)
	busURL := newJetStream(t)
	p := started(t, busURL, config.Values{
		"DISPATCH_TARGET": "lambda:{consumer}", "AWS_ENDPOINT_URL_LAMBDA": server.URL, "BUS_ACK_WAIT": "20s",
	})
	sent := ticket(t, event.TicketCreated, 1)
	publish(t, newBus(t, busURL), "tickets.created", sent, []byte("no event"))
	reaches(t, p, deliveries("dead"), 1)
	reaches(t, p, deliveries("done"), 1) // the other was rejected
	letters, err := service.DeadLetters.List(t.Context(), 0, 10)
	if err != nil || len(letters) != 2 {
		t.Fatalf("%d letters, %v", len(letters), err)
	}
	fixed.Store(true)
	for _, l := range letters {
		t.Logf("%s: %s", l.Function, l.Reason)
		err := service.Replay(t.Context(), l)
		if string(l.Event) == string(sent) && err != nil || string(l.Event) != string(sent) && !function.IsReject(err) {
			t.Errorf("%s: %v", l.Event, err)
		}
	}
	if letters, err = service.DeadLetters.List(t.Context(), 0, 10); err != nil || len(letters) != 1 {
		t.Errorf("%d letters after the replay, %v", len(letters), err)
	}
}

// invocations is Lambda's Invoke API in front of an adapter.
func invocations(adapter *lambda.Adapter) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err == nil {
			payload, err = adapter.Invoke(r.Context(), payload)
		}
		if err != nil {
			w.Header().Set("X-Amz-Function-Error", "Unhandled")
			payload = fmt.Appendf(nil, `{"errorMessage":%q}`, err)
		}
		_, _ = w.Write(payload) // an error means that the dispatcher is gone
	})
}
