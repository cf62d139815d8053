package notifications

import (
	"context"
	"encoding/json"
	"fmt"

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

// tellPrograms queues a message to each of a user's webhooks that is told of such events, once for each version of what it is about, if it is news.
func (n *Notifications) tellPrograms(ctx context.Context, tx postgres.Tx, user, version int32, what event.Payload, m webhookMessage, news bool) error {
	if !news {
		return nil
	}
	m.Data = what
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	consumer, cause, err := handled(ctx)
	if err != nil {
		return err
	}
	now := n.now()
	_, err = tx.Exec(ctx, `
		INSERT INTO deliveries (channel, target, user_id, kind, key, data, consumer, event, due_at, until, created_at)
		SELECT $3, 'webhook/' || id, user_id, $2, 'webhook/' || id || $4, $5, $6, $7, greatest($8, paused_until), $9, $8
		FROM webhooks WHERE user_id = $1 AND enabled AND $2 = ANY(events) ORDER BY id ON CONFLICT (key) DO NOTHING`,
		user, m.Type, webhookChannel, fmt.Sprintf("/%s/%d", what.Subject(), version), data, consumer, cause, now, now.Add(n.channels[webhookChannel].retryFor))
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
