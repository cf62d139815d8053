package client

import (
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

const payment = "GET /api/payments/orders/7"

var (
	nothingPaid   = api.OrderPayment{}
	asksForSecond = api.OrderPayment{Payment: &event.Payment{Status: event.PaymentPending}, NeedsAction: true}
)

func paymentThat(s event.PaymentStatus) api.OrderPayment {
	return api.OrderPayment{Payment: &event.Payment{Status: s}}
}

// TestPagesSayWhatIsKnownOfMoney: whatever a page's address claims, the page of an order says what orders and payments know.
func TestPagesSayWhatIsKnownOfMoney(t *testing.T) {
	t.Parallel()
	const (
		nothing, received = "Nothing was charged", "Payment received"
		unknown, back     = "We cannot look up just now", "Your money goes back"
		mayPay, mayNot    = `/orders/7/pay"|`, `!/orders/7/pay"|`
		begun             = "we do not know yet what became of it"
	)
	due := orderThat(func(o *event.Order) { o.ExpiresAt = timestamp.Of(now) })
	away := apierror.Unavailable(nil)
	pending, charged := paymentThat(event.PaymentPending), paymentThat(event.PaymentSucceeded)
	failed, refundedNow := paymentThat(event.PaymentFailed), paymentThat(event.PaymentIsRefunded)
	for _, note := range []string{"", "?note=paid", "?note=refused", "?note=refunded"} {
		var scenes []scene
		for _, c := range []struct {
			name  string
			order event.Order
			money any
			shows string
		}{
			{"open", order7, nothingPaid, mayPay + "Waiting for payment|!" + received + "|!" + nothing},
			{"open, not known to payments yet", order7, api.ErrNoSuchOrder, mayPay + "Waiting for payment|!" + received},
			{"open, declined", order7, failed, mayPay + "The last attempt to pay did not succeed. " + nothing},
			{"open, second step", order7, asksForSecond, mayPay + "A payment has begun. If you have confirmed it|data-soon|!" + nothing},
			{"open, under way", order7, pending, mayNot + "Payment under way|" + begun + "|data-soon|!" + nothing},
			{"open, charged", order7, charged, mayNot + received + "|data-soon|!" + nothing},
			{"open, payments is away", order7, away, mayPay + unknown + "|!Waiting for payment|!" + nothing},
			{"due", due, nothingPaid, mayNot + "Expired|" + nothing},
			{"due, charged", due, charged, mayNot + received},
			{"due, second step", due, asksForSecond, mayNot + "Payment under way|Confirm it at your bank" + "|!" + nothing},
			{"expired", expired, nothingPaid, "Expired|" + nothing},
			{"expired, declined", expired, failed, "Expired|" + nothing},
			{"expired, under way", expired, pending, "Expired|" + begun + "|!" + nothing},
			{"expired, charged", expired, charged, "Being refunded|" + back + "|!data-final|!" + nothing},
			{"expired, payments is away", expired, away, "Expired|" + unknown + "|!" + nothing},
			{"cancelled", cancelled, nothingPaid, "Cancelled|" + nothing},
			{"cancelled, second step", cancelled, asksForSecond, "Cancelled|" + begun + "|!" + nothing},
			{"cancelled, charged", cancelled, charged, "Being refunded|" + back + "|!" + nothing},
			{"cancelled, refunded", cancelled, refundedNow, "Refunded|Your money went back|!" + nothing},
			{"refunding", reversed(cancelled, func(o *event.Order) { o.Refund = event.RefundPending }), charged, "Being refunded|on its way back|!went back"},
			{"paid, and refunded by hand", reversed(complete, func(o *event.Order) { o.RefundedAt, o.Refunded = &o.UpdatedAt, o.Ticket.Price }), nil,
				"Refunded|Your money went back to your card|!The payment came after|!The ticket is yours"},
			{"paid, a part refunded", reversed(complete, func(o *event.Order) { o.Refunded = 250 }), nil, "Paid|The ticket is yours|$2.50</data> went back to your card"},
			{"paid, the refund failed", reversed(complete, func(o *event.Order) { o.Refund = event.RefundFailed }), nil, "Paid|did not arrive there|!went back"},
			{"paid, disputed", reversed(complete, func(o *event.Order) { o.Dispute = event.DisputeOpen }), nil, "Paid|Your bank has asked for the money back, and has not decided"},
			{"paid, and lost", reversed(complete, func(o *event.Order) {
				o.Dispute, o.RefundedAt, o.Refunded = event.DisputeLost, &o.UpdatedAt, o.Ticket.Price
			}), nil, "Refunded|Your money went back|Your bank has taken the money back.|!to your card|!The ticket is yours"},
			{"not complete yet, and refunded", order7, refundedNow, mayNot + "Refunded|Your money went back"},
			{"cancelled, payments is away", cancelled, away, "Cancelled|" + unknown + "|!" + nothing},
		} {
			scenes = append(scenes, scene{c.name + note, 2, "GET /orders/7" + note, answers{"GET /api/orders/7": c.order, payment: c.money}, 200, c.shows, ""})
		}
		play(t, nil, nil, scenes)
	}
}

// TestUnfinishedPageLoadsAgain where there is no script, but not under the hands of one who may pay again.
func TestUnfinishedPageLoadsAgain(t *testing.T) {
	t.Parallel()
	for money, again := range map[api.OrderPayment]bool{
		nothingPaid: false, asksForSecond: false, paymentThat(event.PaymentPending): true, paymentThat(event.PaymentSucceeded): true,
	} {
		refresh := `<noscript><meta http-equiv="refresh" content="1"></noscript>`
		if !again {
			refresh = "!http-equiv"
		}
		visitSite(t, answers{"GET /api/orders/7": order7, payment: money}, nil).as(2).ask("GET /orders/7", nil).is(200, refresh)
	}
}

// reversed is an order whose money has moved again.
func reversed(o event.Order, change func(*event.Order)) event.Order {
	change(&o)
	return o
}
