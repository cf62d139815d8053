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
// own dead letters, and can be replayed from there.
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
	build := func(config.Values) (function.Service, error) { return service, nil }
	adapter, err := lambda.Open(build, functiontest.EventKeys(), lambda.AWS{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	operated, err := function.Open(build, functiontest.EventKeys())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(invocations(adapter))
	t.Cleanup(server.Close)
	busURL := newJetStream(t)
	p := started(t, busURL, config.Values{
		"DISPATCH_TARGET": "lambda:{consumer}", "AWS_ENDPOINT_URL_LAMBDA": server.URL, "BUS_ACK_WAIT": "20s",
	})
	publish(t, newBus(t, busURL), "tickets.created", ticket(t, event.TicketCreated, 1), []byte("no event"))
	reaches(t, p, deliveries("dead"), 1)
	reaches(t, p, deliveries("done"), 1) // the other is refused: what no publisher has signed is not kept
	letters, err := service.DeadLetters.List(t.Context(), 0, 10)
	if err != nil || len(letters) != 1 {
		t.Fatalf("%d letters, %v", len(letters), err)
	}
	fixed.Store(true)
	if err := operated.Replay(t.Context(), letters[0]); err != nil {
		t.Error(err)
	}
	if letters, err = service.DeadLetters.List(t.Context(), 0, 10); err != nil || len(letters) != 0 {
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
