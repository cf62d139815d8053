package expiration

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

// deadline is the moment at which one order's time is up.
type deadline struct {
	order     int32
	expiresAt timestamp.Time
	trace     string // W3C trace context of the change that set it
}

// deadlineOf returns an open order's deadline, in the trace of ctx.
func deadlineOf(ctx context.Context, o event.Order) deadline {
	return deadline{o.ID, o.ExpiresAt, event.TraceParent(ctx)}
}

// String is the deadline as it is stored under the order's id: "<expiresAt in Unix ms> <trace>".
func (d deadline) String() string { return fmt.Sprintf("%d %s", d.expiresAt.UnixMilli(), d.trace) }

// parseDeadline reads what String wrote.
func parseDeadline(id, stored string) (deadline, error) {
	order, err := strconv.ParseInt(id, 10, 32)
	if err != nil {
		return deadline{}, fmt.Errorf("expiration: stored order id: %w", err)
	}
	moment, trace, _ := strings.Cut(stored, " ")
	ms, err := strconv.ParseInt(moment, 10, 64)
	if err != nil {
		return deadline{}, fmt.Errorf("expiration: stored deadline of order %d: %w", order, err)
	}
	return deadline{int32(order), timestamp.Of(time.UnixMilli(ms)), trace}, nil
}

// reached is the event that the deadline has passed. Its id is the same however often it is sent.
func (d deadline) reached(ctx context.Context, sequence int64) (event.Event, error) {
	draft, err := event.Of(ctx, event.ExpirationComplete, event.ExpirationReached{ID: d.order, ExpiresAt: d.expiresAt})
	if err != nil {
		return event.Event{}, err
	}
	draft.TraceParent = d.trace
	return draft.At(fmt.Sprintf("order-%d-%d", d.order, d.expiresAt.UnixMilli()), sequence, d.expiresAt.Time), nil
}
