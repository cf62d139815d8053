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
	signature string // of its event; "": none
	more      string // what a newer version has added
}

// deadlineOf returns an open order's deadline, in the trace of ctx.
func deadlineOf(ctx context.Context, o event.Order) deadline {
	return deadline{order: o.ID, expiresAt: o.Ends(), trace: event.TraceParent(ctx)}
}

// String is the deadline as it is stored under the order's id: "<expiresAt in Unix ms> <trace>", and " <signature>" if there is one;
// and after another space what a newer version has added.
func (d deadline) String() string {
	text := fmt.Sprintf("%d %s", d.expiresAt.UnixMilli(), d.trace)
	if d.signature != "" {
		text += " " + d.signature
	}
	if d.more != "" {
		text += " " + d.more
	}
	return text
}

// parseDeadline reads what String wrote.
func parseDeadline(id, stored string) (deadline, error) {
	order, err := strconv.ParseInt(id, 10, 32)
	if err != nil {
		return deadline{}, fmt.Errorf("expiration: stored order id: %w", err)
	}
	moment, rest, _ := strings.Cut(stored, " ")
	trace, rest, _ := strings.Cut(rest, " ")
	signature, more, _ := strings.Cut(rest, " ")
	ms, err := strconv.ParseInt(moment, 10, 64)
	if err != nil {
		return deadline{}, fmt.Errorf("expiration: stored deadline of order %d: %w", order, err)
	}
	return deadline{int32(order), timestamp.Of(time.UnixMilli(ms)), trace, signature, more}, nil
}

// reached drafts the event that the deadline has passed. Its id is the same however often it is sent.
func (d deadline) reached(ctx context.Context) (event.Draft, error) {
	draft, err := event.Of(ctx, event.ExpirationComplete, event.ExpirationReached{ID: d.order, ExpiresAt: d.expiresAt})
	draft.ID = fmt.Sprintf("order-%d-%d", d.order, d.expiresAt.UnixMilli())
	draft.TraceParent, draft.Signature = d.trace, d.signature
	return draft, err
}
