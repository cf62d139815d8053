package knative

import (
	"context"
	"fmt"
	"testing"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// TestPoisonHoldsUpNoOthers: while a consumer does not come to an end with one event, it settles others.
func TestPoisonHoldsUpNoOthers(t *testing.T) {
	t.Parallel()
	began, hangs := make(chan struct{}), make(chan struct{})
	service := function.Service{
		Name: "orders", Signatures: functiontest.Signatures(),
		Consumers: []function.Consumer{function.On("copy-ticket", func(_ context.Context, ticket event.Ticket) error {
			if ticket.ID == 1 {
				close(began)
				<-hangs
			}
			return nil
		}, event.TicketCreated)},
		Start: func(context.Context) error { return nil }, Ready: func(context.Context) error { return nil }, Stop: func() {},
	}
	broker := platform{adaptertest.Wire(inContainer(t, service, timeout))}
	deliver := func(id int32) error {
		e := functiontest.EventWithID(t, fmt.Sprint(id), event.TicketCreated, event.Ticket{ID: id, UserID: 1, Title: "Opera", Price: 100})
		text, err := e.MarshalJSON()
		if err != nil {
			return err
		}
		return broker.Deliver(t.Context(), text)
	}
	ended := make(chan error, 1)
	go func() { ended <- deliver(1) }()
	<-began
	for id := range int32(50) {
		if err := deliver(id + 2); err != nil {
			t.Error(err)
		}
	}
	close(hangs)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
