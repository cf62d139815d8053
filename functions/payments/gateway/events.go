package gateway

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/form"
)

// reversalEvents are those that FindReversals may answer differently after.
var reversalEvents = []string{
	"charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed",
	"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
}

// eventPage is read event by event: one that was written for an old API version spoils no others.
type eventPage struct {
	stripe.APIResource
	stripe.ListMeta
	Data []json.RawMessage `json:"data"`
}

// ReversedBetween returns the intents whose refunds or disputes have changed from one second to another, both included, as webhooks
// would have told: made in Stripe's dashboard, closed by a bank, or failed. Stripe lists the newest events first, in pages, and
// remembers thirty days. A call reads the page after an event ("": the first), and returns its last event ("": there are no more pages).
//
// Errors: ErrUnavailable, ErrRefused.
func (g *Gateway) ReversedBetween(ctx context.Context, from, to time.Time, after string) (intentIDs []string, last string, err error) {
	ctx, end := g.call(ctx, "list-events")
	defer func() { end(err) }()
	query := &form.Values{}
	query.Add("created[gte]", strconv.FormatInt(from.Unix(), 10))
	query.Add("created[lte]", strconv.FormatInt(to.Unix(), 10))
	query.Add("limit", "100")
	for _, name := range reversalEvents {
		query.Add("types[]", name)
	}
	if after != "" {
		query.Add("starting_after", after)
	}
	var events eventPage
	if err := g.backend.CallRaw(http.MethodGet, "/v1/events", g.key, query, &stripe.Params{Context: ctx}, &events); err != nil {
		return nil, "", wrap("list-events", err)
	}
	changed := map[string]bool{}
	for _, event := range events.Data {
		n := notice(event)
		if last = n.ID; n.IntentID != "" {
			changed[n.IntentID] = true
		}
	}
	if !events.HasMore {
		last = ""
	}
	return slices.Collect(maps.Keys(changed)), last, nil
}
