package notifications

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/timestamp"
)

// webhookMessage is the body of a call, as Standard Webhooks want it.
type webhookMessage struct {
	Type      string         `json:"type"`
	Timestamp timestamp.Time `json:"timestamp"` // when it happened
	Data      any            `json:"data"`      // the ticket or the order, as it was then
}

// tellPrograms queues a message to each of a user's webhooks that is told of such events, once for each version of what it is about.
func (n *Notifications) tellPrograms(ctx context.Context, tx postgres.Tx, user, version int32, what event.Payload, m webhookMessage, news bool) error {
	hooks, err := postgres.All(ctx, tx, pgx.RowTo[int32], `SELECT id FROM webhooks WHERE user_id = $1 AND enabled AND $2 = ANY(events) ORDER BY id`, user, m.Type)
	m.Data = what
	for _, id := range hooks {
		if err == nil {
			key := fmt.Sprintf("%s/%s/%d", toWebhook(id), what.Subject(), version)
			err = n.queue(ctx, tx, message{Channel: webhookChannel, Target: toWebhook(id), Kind: m.Type, Key: key, Data: m}, news)
		}
	}
	return err
}

// ticketEvent is what happened to a ticket, of which before is the copy.
func ticketEvent(before ticket, t event.Ticket) string {
	switch {
	case t.Version == 0:
		return ticketCreated
	case t.Status == event.TicketIsSold && before.Status != event.TicketIsSold:
		return ticketSold
	}
	return ticketUpdated
}

// orderEvent is what happened to an order, of which before is the copy.
func orderEvent(before order, o event.Order) string {
	switch {
	case o.RefundedAt != nil && !before.refunded:
		return orderRefunded
	case o.Version == 0:
		return orderCreated
	case o.Status == event.OrderIsComplete && before.Status != event.OrderIsComplete:
		return orderPaid
	case o.Status == event.OrderIsCancelled && before.Status != event.OrderIsCancelled:
		return orderCancelled
	}
	return orderUpdated
}
