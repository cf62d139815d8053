package payments

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestCreatePayment(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	const moment = `"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"`
	for i, body := range []string{
		`{"orderId":1,"token":"tok_visa"}`, `{"orderId":"2","token":"pm_card_amex"}`, `{"orderId":3,"token":"pm_sandbox_slow"}`,
	} {
		id := int32(i + 1)
		f.copy(order(id))
		a := f.Call(buyer, "POST", "/api/payments", body)
		got := functiontest.Parse[CreatePaymentReply](t, a, 201)
		f.want(id, 1, event.PaymentSucceeded)
		charge := fmt.Sprintf(`{"id":"%s","amount":4250,"currency":"usd","status":"succeeded"}`, f.stripe.sandbox.Ledger().ChargesOf(id)[0].ID)
		form := regexp.MustCompile(fmt.Sprintf(`^{"message":"Payment created.","charge":%[1]s,"payment":{"id":%[2]d,"orderId":%[2]d,"status":"succeeded",`+
			`"stripeCharge":%[1]s,"version":1,"createdAt":%[3]s,"updatedAt":%[3]s},"seq":%[4]d}$`, charge, id, moment, 2*id))
		if !form.MatchString(a.Body) {
			t.Errorf("answered %s, not %s", a.Body, form)
		}
		f.taken(got)
	}
	f.Counted(map[string]float64{"payments_total outcome=succeeded": 3, "stripe_request_duration_seconds operation=confirm outcome=ok": 3})
}

// Each line is refused for the first of its reasons.
func TestCreatePaymentRefuses(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	over := timestamp.Of(time.Now())
	for id, change := range map[int32]func(*event.Order){
		1: func(*event.Order) {},
		2: func(o *event.Order) { o.Status, o.ExpiresAt = event.OrderIsCancelled, over },
		3: func(o *event.Order) { o.ExpiresAt = over },
		4: func(o *event.Order) { o.Status, o.ExpiresAt = event.OrderIsComplete, over },
		5: func(*event.Order) {},
		6: func(*event.Order) {},
	} {
		o := order(id)
		change(&o)
		f.copy(o)
	}
	f.paid(5, "tok_visa")
	f.announced("payments.created payment/1")
	f.crashed(6, false)
	for _, c := range []struct {
		user    int32
		body    string
		status  int
		message string
	}{
		{0, `{`, 401, "Not authorized."},
		{buyer, `[]`, 400, "Invalid JSON."},
		{buyer, `{}`, 400, "Invalid orderId."},
		{buyer, `{"orderId":"1 OR 1=1","token":"tok_visa"}`, 400, "Invalid orderId."},
		{buyer, `{"orderId":1,"token":7}`, 400, "Stripe charge failed."},
		{buyer, `{"orderId":1,"token":"4242424242424242"}`, 400, "Stripe charge failed."},
		{buyer, `{"orderId":1,"token":"tok_vi/../sa"}`, 400, "Stripe charge failed."},
		{buyer, `{"orderId":1,"token":"tok_visa\n"}`, 400, "Stripe charge failed."},
		{buyer, `{"orderId":1,"token":"tok_` + strings.Repeat("x", 251) + `"}`, 400, "Stripe charge failed."},
		{buyer, `{"orderId":99}`, 400, "Order not found."},
		{stranger, `{"orderId":1,"token":"?"}`, 401, "Not Authorized."},
		{buyer, `{"orderId":2,"token":"?"}`, 400, "Order is cancelled."},
		{buyer, `{"orderId":1}`, 400, "Stripe charge failed."},
		{buyer, `{"orderId":99,"token":"tok_visa"}`, 400, "Order not found."},
		{stranger, `{"orderId":2,"token":"tok_visa"}`, 401, "Not Authorized."},
		{stranger, `{"orderId":5,"token":"tok_visa"}`, 401, "Not Authorized."},
		{buyer, `{"orderId":2,"token":"tok_visa"}`, 400, "Order is cancelled."},
		{buyer, `{"orderId":3,"token":"tok_visa"}`, 400, "Order is expired."},
		{buyer, `{"orderId":4,"token":"tok_visa"}`, 409, "Order is already paid."},
		{buyer, `{"orderId":5,"token":"tok_chargeDeclined"}`, 409, "Order is already paid."},
		{buyer, `{"orderId":6,"token":"tok_visa"}`, 409, "Payment in progress."},
		{buyer, `{"orderId":1,"token":"tok_chargeDeclined"}`, 400, "Stripe charge failed."},
		{buyer, `{"orderId":1,"token":"pm_unheardOf"}`, 400, "Stripe charge failed."},
		{buyer, `{"orderId":1,"token":"pm_sandbox_error"}`, 503, "Service unavailable."},
	} {
		functiontest.Refused(t, c.body, f.Call(c.user, "POST", "/api/payments", c.body), c.status, c.message)
		f.announced()
	}
	if n := len(f.stripe.sandbox.Ledger().Charges); n != 1 {
		t.Errorf("%d charges", n)
	}
}

// An order that was placed a moment ago can be paid: its event is on the way.
func TestOrderThatComesLate(t *testing.T) {
	t.Parallel()
	f := start(t, nil)
	a := f.CallLate(buyer, "POST", "/api/payments", `{"orderId":1,"token":"tok_visa"}`, func() { f.copy(order(1)) })
	functiontest.Parse[CreatePaymentReply](t, a, 201)
	f.want(1, 1, event.PaymentSucceeded)
}

// Of many attempts at once one is made, also where a second step waits and gives way.
func TestManyPaymentsAtOnce(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.copy(order(2))
	f.asked(2)
	for id, want := range map[int32][]event.PaymentStatus{1: {event.PaymentSucceeded}, 2: {event.PaymentFailed, event.PaymentSucceeded}} {
		got := functiontest.AtOnce(t, 16, func(int) functiontest.Answer { return f.pay(id, "tok_visa") })
		if got["201 Payment created."] != 1 || got["409 Payment in progress."]+got["409 Order is already paid."] != 15 {
			t.Errorf("%v", got)
		}
		f.want(id, 1, want...)
	}
	if events := f.events(); len(events) != 2 {
		t.Errorf("announced %q", events)
	}
}

// An attempt that meets another one, which is stored by another replica and not committed yet, waits for that and gives way.
func TestAttemptMeetsAnother(t *testing.T) {
	t.Parallel()
	f := placed(t)
	answer := make(chan functiontest.Answer, 1)
	_, err := f.db.Change(t.Context(), func(tx postgres.Tx) (none event.Draft, err error) {
		if _, err := insertPayment(t.Context(), tx, Order{ID: 1, UserID: buyer, Price: price}); err != nil {
			return none, err
		}
		go func() { answer <- f.pay(1, "tok_visa") }()
		for waits := false; !waits && len(answer) == 0; {
			if waits, err = postgres.One(t.Context(), f.db, pgx.RowTo[bool], `SELECT count(*) > 0 FROM pg_stat_activity, pg_sleep(0.005)
				WHERE datname = current_database() AND wait_event_type = 'Lock'`); err != nil {
				return none, err
			}
		}
		return none, nil
	})
	f.Must(err)
	functiontest.Refused(t, "the second", <-answer, 409, "Payment in progress.")
	f.want(1, 0, event.PaymentPending)
}

// A payment that failed leaves room for the next: the card was declined or unknown, or Stripe was away.
func TestGoodCardAfterBadOnes(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.refused(1, "tok_chargeDeclined", 400, "Stripe charge failed.")
	f.refused(1, "tok_unheardOf", 400, "Stripe charge failed.")
	f.stripe.away.Store(true)
	if a := f.pay(1, "tok_visa"); a.Status != 503 || a.Header.Get("Retry-After") == "" {
		t.Errorf("%d %v %s", a.Status, a.Header, a.Body)
	}
	f.stripe.away.Store(false)
	f.paid(1, "tok_visa")
	f.want(1, 1, event.PaymentFailed, event.PaymentFailed, event.PaymentFailed, event.PaymentSucceeded)
	f.announced("payments.created payment/4")
	f.Counted(map[string]float64{
		"payments_total outcome=declined": 2, "payments_total outcome=failed": 1, "payments_total outcome=succeeded": 1,
		"stripe_request_duration_seconds operation=prepare outcome=declined":    1,
		"stripe_request_duration_seconds operation=confirm outcome=declined":    1,
		"stripe_request_duration_seconds operation=prepare outcome=unavailable": 1,
	})
}

// A payment goes on when its client has left.
func TestClientLeaves(t *testing.T) {
	t.Parallel()
	f := placed(t)
	ctx, leave := context.WithCancel(session.NewContext(t.Context(), session.Claims{ID: strconv.Itoa(buyer)}))
	f.stripe.on("before confirm", leave)
	if got, err := f.CreatePayment(ctx, CreatePaymentRequest{OrderID: 1, Token: "tok_visa"}); err != nil || ctx.Err() == nil {
		t.Errorf("%+v, %v", got, err)
	}
	f.want(1, 1, event.PaymentSucceeded)
	f.announced("payments.created payment/1")
}

// What Stripe refuses for good is told as what it is, and leaves nothing pending; what will pass is worth another try.
func TestRefusalsOfStripe(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fault   stripeserver.Fault
		status  int
		message string
	}{
		{stripeserver.Fault{Call: "/payment_intents", Status: 400, Code: "amount_too_small"}, 422, "Amount cannot be charged."},
		{stripeserver.Fault{Call: "/payment_intents", Status: 400, Code: "amount_too_large"}, 422, "Amount cannot be charged."},
		{stripeserver.Fault{Call: "/payment_intents", Status: 400, Code: "parameter_unknown"}, 422, "Payment refused."},
		{stripeserver.Fault{Call: "/confirm", Status: 400, Code: "amount_too_small"}, 422, "Amount cannot be charged."},
		{stripeserver.Fault{Call: "/confirm", Status: 400, Code: "payment_method_not_available"}, 422, "Payment refused."},
		{stripeserver.Fault{Call: "/payment_intents", Status: 401}, 503, "Service unavailable."},
		{stripeserver.Fault{Call: "/payment_intents", Status: 403}, 503, "Service unavailable."},
		{stripeserver.Fault{Call: "/payment_methods", Status: 429}, 503, "Service unavailable."},
	} {
		t.Run(c.fault.Call+" "+c.fault.Code, func(t *testing.T) {
			t.Parallel()
			f := placed(t)
			f.stripe.sandbox.Fail(c.fault)
			f.refused(1, "tok_visa", c.status, c.message)
			f.want(1, 0, event.PaymentFailed)
			f.Counted(map[string]float64{"payments_total outcome=failed": 1})
			f.stripe.sandbox.Fail(stripeserver.Fault{})
			f.paid(1, "tok_visa")
		})
	}
}

// An intent that could not be cancelled a moment ago is cancelled under another key: Stripe repeats its refusal to the first.
func TestStoredRefusalOfACancel(t *testing.T) {
	t.Parallel()
	f := placed(t)
	f.asked(1)
	f.stripe.sandbox.Fail(stripeserver.Fault{Call: "/cancel", Status: 400, Code: "payment_intent_unexpected_state"}) // it was processing
	f.refused(1, "tok_visa", 503, "Service unavailable.")
	f.stripe.sandbox.Fail(stripeserver.Fault{})
	f.paid(1, "tok_visa")
	f.want(1, 1, event.PaymentFailed, event.PaymentSucceeded)
}

// A platform that ends functions (Lambda) is told how long a payment may take.
func TestCreatePaymentTakes(t *testing.T) {
	t.Parallel()
	f := placed(t)
	for _, e := range f.service(session.Keys{}).Endpoints {
		if takes := lastMoments + answerWithin + f.timeout; e.Name == "create-payment" && e.Timeout < takes {
			t.Errorf("it says that it takes %v, and it may take %v", e.Timeout, takes)
		}
	}
}
