package town_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// TestTown: a sale, an order that nobody pays, events that nobody can handle, the schedules and the site, while
// services are killed, and sleep.
func TestTown(t *testing.T) {
	t.Parallel()
	programs := build(t)
	for name, c := range map[string]struct {
		protocols http.Protocols
		wire      func(*testing.T, *town) config.Values
	}{
		"through a Broker, over h2c":      {h2c(), throughBroker},
		"without Eventing, over HTTP/1.1": {http1(), straight},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newTown(t, programs, c.protocols, c.wire).visit(t)
		})
	}
	for name, protocols := range map[string]http.Protocols{"h2c": h2c(), "HTTP/1.1": http1()} {
		t.Run("SIGTERM over "+name, func(t *testing.T) {
			t.Parallel()
			stopsInGoodOrder(t, programs, protocols)
		})
	}
}

func (tw *town) visit(t *testing.T) {
	seller, buyer := tw.somebody(t), tw.somebody(t)
	tw.revisions["tickets"].doom("hold-ticket")
	tw.revisions["orders"].doom("complete-order")
	sold, sale := tw.reserve(t, seller, buyer, "Cup final")
	held := func(t event.Ticket) bool { return t.OrderID != nil && *t.OrderID == sale.ID }
	stands(t, buyer, sold.ID, held)
	insist(t, func(ctx context.Context) error {
		_, err := buyer.Pay(ctx, sale.ID, "tok_visa")
		return err
	})
	becomes(t, buyer, sale.ID, event.OrderIsComplete)
	for _, name := range []string{"tickets", "orders"} {
		if tw.revisions[name].started() < 2 {
			t.Errorf("%s was not killed", name)
		}
	}

	tw.sleep(t)
	tw.revisions["orders"].change(config.Values{"EXPIRATION_ORDER_MINUTES": "0.02"})
	free, forgotten := tw.reserve(t, seller, buyer, "Semi-final & more")
	becomes(t, buyer, forgotten.ID, event.OrderIsCancelled)
	stands(t, buyer, free.ID, func(t event.Ticket) bool { return t.OrderID == nil && t.Version >= 2 }) // it was held, and is free again
	tw.ticks(t)
	tw.shows(t, buyer, sold.Title, free.Title)
	stands(t, buyer, sold.ID, held) // still
	for name, r := range tw.revisions {
		if name != "client" && r.started() < 2 {
			t.Errorf("%s did not come back from zero", name)
		}
	}
	eventually(t, func(ctx context.Context) error { return errors.Join(tw.books.Check(ctx), tw.books.NothingIsOpen(ctx)) })
	tw.spoil(t)
	tw.buries(t)
}
