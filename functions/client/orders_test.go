package client

import (
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

var notYours = apierror.ErrNotAuthorized // what tickets also says of what is another user's

func TestOrderPages(t *testing.T) {
	t.Parallel()
	order := func(o event.Order) answers { return answers{"GET /api/orders/7": o} }
	const page, all = "GET /orders/7?note=", "Cup final|$42.50|"
	const actions, none = all + `/orders/7/pay"|/orders/7/cancel|`, all + `!/orders/7/pay"|!/orders/7/extend|!/orders/7/cancel|`
	due := orderThat(func(o *event.Order) { o.ExpiresAt = timestamp.Of(now) })
	held := timestamp.Of(now.Add(30 * time.Second))
	kept := orderThat(func(o *event.Order) { o.ExpiresAt, o.HeldUntil = timestamp.Of(now), &held })
	past := orderThat(func(o *event.Order) { o.ExpiresAt, o.HeldUntil = timestamp.Of(now.Add(-time.Minute)), &due.ExpiresAt })
	second := func(o event.Order) answers { return answers{"GET /api/orders/7": o, payment: asksForSecond} }
	orders := more("/api/orders?after=7", []event.Order{order7, complete, cancelled})
	const till = `You have time until <time datetime="2026-11-22T15:10:00Z">`
	play(t, nil, answers{payment: nothingPaid, attached: api.ErrNoAttachment}, []scene{
		{"open", 2, page, order(order7), 200, actions + `Waiting for payment|data-until="2026-11-22T15:10:00.000Z"|15:10:00 UTC|data-version="open-none-1"|!data-final|!data-soon|!charged`, "GET /api/payments/orders/7"},
		{"extended", 2, page + "extended", order(order7), 200, actions + till, ""},
		{"another price", 2, page + "newprice", order(order7), 200, actions + "Look at the price before you pay: it is <data", ""},
		{"a note of no meaning", 2, page + "<b>", order(order7), 200, actions + "!<b>", ""},
		{"no more time yet", 2, page, order(extensible(5*time.Minute + time.Second)), 200, actions + `data-version="open-none-1"|!/orders/7/extend|!extend it`, ""},
		{"more time", 2, page, order(extensible(5 * time.Minute)), 200, actions + `data-version="open-none-1-extensible"|action="/orders/7/extend"|Extend to 15 minutes from now|or extend it`, ""},
		{"more time was had", 2, page, order(orderThat(func(o *event.Order) { o.ExpiresAt = timestamp.Of(now.Add(time.Minute)) })), 200, actions + "!/orders/7/extend|!extend it", ""},
		{"due", 2, page, order(due), 200, none + `Expired|Nothing was charged|data-version="expired-none-1"`, ""},
		{"due during the second step", 2, page, second(due), 200, none + "Payment under way|Confirm it at your bank, if|data-soon|!Expired|!data-until", ""},
		{"kept for the second step", 2, page, second(kept), 200, none + `Payment under way|Confirm it at your bank before <time datetime="2026-11-22T15:00:30Z">|data-until="2026-11-22T15:00:30.000Z"|data-soon`, ""},
		{"kept for too long", 2, page, second(past), 200, none + "Expired|A payment had begun", ""},
		{"kept, and none has begun", 2, page, order(kept), 200, none + "Expired|Nothing was charged", ""},
		{"expired", 2, page, order(expired), 200, none + `Expired|Nothing was charged|href="/tickets/3"`, ""},
		{"cancelled", 2, page, order(cancelled), 200, none + "Cancelled|You gave the ticket back|Nothing was charged|!data-final", ""},
		{"complete, and changed since", 2, page, order(orderThat(func(o *event.Order) {
			o.Status, o.PaidAt, o.UpdatedAt = event.OrderIsComplete, new(timestamp.Of(now)), timestamp.Of(now.AddDate(0, 0, 3))
		})), 200, none + `<dt>On</dt><dd><time datetime="2026-11-22T15:00:00Z">|!2026-11-25`, ""},
		{"complete", 2, page, order(complete), 200, none + "Receipt|The ticket is yours|ada@example.com|data-final", ""},
		{"refunded by the seller", 2, page, order(orderThat(func(o *event.Order) { o.Status, o.RefundedBy = event.OrderIsCancelled, "seller" })), 200, none + "Being refunded|The seller has called off the sale. Your money goes back|!You gave", ""},
		{"refunded, by the seller", 2, page, order(orderThat(func(o *event.Order) {
			o.Status, o.RefundedBy, o.RefundedAt = event.OrderIsCancelled, "seller", &o.UpdatedAt
		})), 200, none + "Refunded|The seller has called off the sale. Your money went back|!came after", ""},
		{"refunded", 2, page, order(refunded), 200, none + "Refunded|Your money went back", "GET /api/orders/7"},
		{"of a newer version", 2, page, order(orderThat(func(o *event.Order) { o.Status = "held" })), 200, none + "In progress|!data-final|!Expired", ""},
		{"all", 2, "GET /orders", answers{"GET /api/orders": orders}, 200, `Cup final|Reserved|Paid|Cancelled|href="/orders/7"|href="/orders?after=7" rel="next"`, ""},
		{"no more", 2, "GET /orders?after=7", answers{"GET /api/orders": []event.Order{}}, 200, `No purchases yet.|href="/orders"`, "GET /api/orders?after=7&limit=24"},
	})
}

// extensible is an order with so much of its time left, and one more of fifteen minutes to be had.
func extensible(left time.Duration) event.Order {
	return orderThat(func(o *event.Order) { o.ExtendsBy, o.ExpiresAt = 900, timestamp.Of(now.Add(left)) })
}

func TestOrderForms(t *testing.T) {
	t.Parallel()
	made := map[string]any{"order": order7}
	place := func(answer any) answers { return answers{"POST /api/orders": answer} }
	cancel := func(answer any) answers { return answers{"PATCH /api/orders/7": answer} }
	extend := func(answer any) answers { return answers{"POST /api/orders/7/extend": answer} }
	twice := place(api.ErrTicketTaken)
	twice["GET /api/orders"] = []event.Order{orderThat(func(o *event.Order) { o.ID, o.TicketID = 9, 4 }), order7}
	gone, late := place(api.ErrTicketUnknown), place(api.ErrTicketUnknown)
	gone["GET /api/tickets/3"], late["GET /api/tickets/3"] = api.ErrNoSuchTicket, ticket
	paid := cancel(api.ErrOrderComplete)
	paid["GET /api/orders/7"] = complete
	often := apierror.New(429, "Slow down.")
	often.RetryAfter = 90 * time.Second
	const order, others, away = "POST /tickets/3/order", "This is somebody else&#39;s order", "Something on our side is away|"
	play(t, nil, answers{"GET /api/orders": []event.Order{cancelled}, "GET /api/orders/7": order7, payment: nothingPaid}, []scene{
		{"placed", 2, order + filled("price", "42.5"), place(made), 0, "/orders/7", `POST /api/orders {"ticketId":3}`},
		{"at another price", 2, order + filled("price", "40"), place(made), 0, "/orders/7?note=newprice", ""},
		{"pressed twice", 2, order, twice, 0, "/orders/7", ""},
		{"begun", 2, order, place(api.ErrBegun), 409, "too late|The event has begun", ""},
		{"withdrawn", 2, order, place(api.ErrTicketGone), 409, `no longer offered|Its seller has withdrawn it|href="/?available=true"`, ""},
		{"taken", 2, order, place(api.ErrTicketTaken), 409, `Somebody was faster|href="/?available=true"`, ""},
		{"own", 2, order, place(api.ErrOwnTicket), 403, `This is your own ticket|href="/tickets/3"`, ""},
		{"too many", 2, order, place(api.ErrTooManyOpen), 429, `You have too many open orders|href="/orders"`, ""},
		{"too often", 2, order, place(api.ErrTooManyHolds.After(90 * time.Minute)), 429, `You have reserved this ticket too often|in 2 hours|href="/?available=true"`, ""},
		{"no ticket", 2, order, gone, 404, "There is nothing here", ""},
		{"bus is away", 2, order, late, 503, away + `href="/tickets/3"`, ""},
		{"orders fails", 2, order, place(apierror.New(500, "Internal error.")), 503, away + "!Internal", ""},
		{"cancelled", 2, "POST /orders/7/cancel", cancel(reply{}), 0, "/orders/7", "PATCH /api/orders/7"},
		{"cancelled when paid", 2, "POST /orders/7/cancel", paid, 409, "it can no longer be cancelled|Receipt", ""},
		{"cancelled by others", 3, "POST /orders/7/cancel", cancel(api.ErrNotYoursToEnd), 403, others, ""},
		{"an unknown answer", 2, "POST /orders/7/cancel", cancel(apierror.New(409, "Order is <on> fire.")), 409, "Order is &lt;on&gt; fire.|All tickets", ""},
		{"extended", 2, "POST /orders/7/extend", extend(reply{}), 0, "/orders/7?note=extended", "POST /api/orders/7/extend"},
		{"extended once more", 2, "POST /orders/7/extend", extend(api.ErrNotExtendable), 409, "This order cannot be given more time.|/orders/7/pay|!/orders/7/extend", ""},
		{"extended by others", 3, "POST /orders/7/extend", extend(api.ErrNotYoursToKeep), 403, others, ""},
		{"an unknown limit", 2, "POST /orders/7/extend", extend(often), 429, `in 2 minutes|href="/orders/7"`, ""},
	})
	if s := visitSite(t, extend(often), nil).as(2).ask("POST /orders/7/extend", nil); s.Header.Get("Retry-After") != "90" {
		t.Error(s.Header)
	}
}
