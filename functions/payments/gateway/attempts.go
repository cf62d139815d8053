package gateway

import (
	"context"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76"
)

// Attempted is an intent with the order and the payment that it was made for: of this system, or of another that shares its account.
type Attempted struct {
	Intent
	System    string // "" for one that was made before there was this mark
	OrderID   int32
	PaymentID int32
}

// AttemptsSince returns the intents that were made since then for orders, a page at a time: the newest first for "", and what follows for the
// next that came with the page before, which is "" after the last.
//
// Errors: ErrUnavailable, ErrRefused.
func (g *Gateway) AttemptsSince(ctx context.Context, since time.Time, after string) (found []Attempted, next string, err error) {
	ctx, end := g.call(ctx, "list-intents")
	defer func() { end(err) }()
	list := page(ctx)
	list.Single = true
	if after != "" {
		list.StartingAfter = &after
	}
	intents := g.intents.List(&stripe.PaymentIntentListParams{
		ListParams: list, CreatedRange: &stripe.RangeQueryParams{GreaterThanOrEqual: since.Unix()},
	})
	for intents.Next() {
		pi := intents.PaymentIntent()
		next = pi.ID
		order, payment := number(pi.Metadata["order_id"]), number(pi.Metadata["payment_id"])
		if order > 0 && payment > 0 {
			found = append(found, Attempted{intentOf(pi), pi.Metadata["system"], order, payment})
		}
	}
	if err := intents.Err(); err != nil {
		return nil, "", wrap("list-intents", err)
	}
	if !intents.Meta().HasMore {
		next = ""
	}
	return found, next, nil
}

// number is 0 for a text that is no id.
func number(text string) int32 {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}
