package payments

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

func TestPayment(t *testing.T) {
	t.Parallel()
	s := start(t)
	for i, c := range []struct{ orderID, token string }{
		{"%d", "tok_visa"}, {"%d", "tok_mastercard"}, {"%d", "pm_card_visa"}, {`"%d"`, "pm_card_amex"}, {"%d", "pm_sandbox_slow"},
	} {
		id := int32(i + 1)
		s.hear(order(id))
		a := s.Call(buyer, "POST", "/api/payments", fmt.Sprintf(`{"orderId":`+c.orderID+`,"token":%q}`, id, c.token))
		got := functiontest.Parse[CreatePaymentReply](t, a, 201)
		events, charges := s.Announced(), s.stripe.sandbox.Ledger().ChargesOf(id)
		if len(events) != 1 || len(charges) != 1 {
			t.Fatalf("%s: %d events, %d charges", c.token, len(events), len(charges))
		}
		charge := event.Charge{ID: charges[0].ID, Amount: int64(price), Currency: "usd", Status: "succeeded"}
		p := *got.Payment
		if got.Message != "Payment created." || *got.Charge != charge || p.StripeCharge != charge || p.ID != charges[0].PaymentID ||
			p.OrderID != id || p.Status != event.PaymentSucceeded || charges[0].AmountCents != int64(price) {
			t.Errorf("%s: %s, charged %+v", c.token, a.Body, charges[0])
		}
		if announced := functiontest.Data(t, event.PaymentCreated, events[0]); announced != p || events[0].Source() != "/payments" ||
			got.Seq < 1 || events[0].Extensions()["sequence"] != strconv.FormatInt(got.Seq, 10) {
			t.Errorf("%s: answered %s\nannounced %s", c.token, a.Body, events[0])
		}
	}
}

// What a program may rely on is the names.
func TestPaymentsShape(t *testing.T) {
	t.Parallel()
	s := placed(t)
	reply := functiontest.Parse[map[string]any](t, s.pay(1, "tok_visa"), 201)
	payment, _ := reply["payment"].(map[string]any)
	charge, _ := reply["charge"].(map[string]any)
	stripeCharge, _ := payment["stripeCharge"].(map[string]any)
	for _, c := range []struct {
		what string
		got  map[string]any
		want []string
	}{
		{"reply", reply, []string{"charge", "message", "payment", "seq"}},
		{"payment", payment, []string{"createdAt", "id", "orderId", "status", "stripeCharge", "updatedAt"}},
		{"charge", charge, []string{"amount", "currency", "id", "status"}},
		{"stripeCharge", stripeCharge, []string{"amount", "currency", "id", "status"}},
	} {
		if names := slices.Sorted(maps.Keys(c.got)); !slices.Equal(names, c.want) {
			t.Errorf("%s has %v, want %v", c.what, names, c.want)
		}
	}
	for _, name := range []string{"createdAt", "updatedAt"} {
		text, _ := payment[name].(string)
		if at, err := time.Parse("2006-01-02T15:04:05.000Z", text); err != nil || time.Since(at).Abs() > time.Hour {
			t.Errorf("%s %q", name, text)
		}
	}
}

// Each line is refused for the first of its reasons.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := start(t)
	for id, change := range map[int32]func(*event.Order){
		1: func(*event.Order) {},
		2: func(o *event.Order) { o.Status = event.OrderIsCancelled },
		3: func(o *event.Order) { o.ExpiresAt = timestamp.Of(time.Now()) },
		4: func(o *event.Order) { o.Status, o.ExpiresAt = event.OrderIsCancelled, timestamp.Of(time.Now()) },
		5: func(o *event.Order) { o.Status, o.ExpiresAt = event.OrderIsComplete, timestamp.Of(time.Now()) },
		6: func(*event.Order) {},
		7: func(*event.Order) {},
	} {
		o := order(id)
		change(&o)
		s.hear(o)
	}
	s.paid(6, "tok_visa")
	s.wantNews("payments.created payment/1")
	if _, _, err := s.store.begin(t.Context(), 7, func(Order) error { return nil }); err != nil { // and then it crashed
		t.Fatal(err)
	}
	for _, c := range []struct {
		what    string
		user    int32
		body    string
		status  int
		message string
	}{
		{"no session", 0, `{"orderId":1,"token":"tok_visa"}`, 401, "Not authorized."},
		{"no session, and no JSON", 0, `{`, 401, "Not authorized."},
		{"nothing right but the session", buyer, `{}`, 400, "Invalid orderId."},
		{"no such order, and no token", buyer, `{"orderId":99}`, 400, "Invalid token."},
		{"no such order", buyer, `{"orderId":99,"token":"tok_visa"}`, 400, "Order not found."},
		{"another's order", stranger, `{"orderId":1,"token":"tok_visa"}`, 401, "Not Authorized."},
		{"another's cancelled order", stranger, `{"orderId":2,"token":"tok_visa"}`, 401, "Not Authorized."},
		{"another's expired order", stranger, `{"orderId":3,"token":"tok_visa"}`, 401, "Not Authorized."},
		{"another's paid order", stranger, `{"orderId":6,"token":"tok_visa"}`, 401, "Not Authorized."},
		{"cancelled", buyer, `{"orderId":2,"token":"tok_visa"}`, 400, "Order is cancelled."},
		{"expired", buyer, `{"orderId":3,"token":"tok_visa"}`, 400, "Order is expired."},
		{"cancelled and expired", buyer, `{"orderId":4,"token":"tok_visa"}`, 400, "Order is cancelled."},
		{"complete and expired", buyer, `{"orderId":5,"token":"tok_visa"}`, 409, "Order is already paid."},
		{"paid", buyer, `{"orderId":6,"token":"tok_visa"}`, 409, "Order is already paid."},
		{"paid, with a bad card", buyer, `{"orderId":6,"token":"tok_chargeDeclined"}`, 409, "Order is already paid."},
		{"in progress", buyer, `{"orderId":7,"token":"tok_visa"}`, 409, "Payment in progress."},
		{"declined", buyer, `{"orderId":1,"token":"tok_chargeDeclined"}`, 400, "Stripe charge failed."},
		{"declined method", buyer, `{"orderId":1,"token":"pm_card_chargeDeclinedInsufficientFunds"}`, 400, "Stripe charge failed."},
		{"no such token", buyer, `{"orderId":1,"token":"tok_unheardOf"}`, 400, "Stripe charge failed."},
		{"no such method", buyer, `{"orderId":1,"token":"pm_unheardOf"}`, 400, "Stripe charge failed."},
		{"Stripe broken", buyer, `{"orderId":1,"token":"pm_sandbox_error"}`, 503, "Service unavailable."},
	} {
		functiontest.Refused(t, c.what, s.Call(c.user, "POST", "/api/payments", c.body), c.status, c.message)
	}
	s.wantNews()
	if n := len(s.stripe.sandbox.Ledger().Charges); n != 1 {
		t.Errorf("%d charges", n)
	}
}

func TestBadInput(t *testing.T) {
	t.Parallel()
	s := placed(t)
	for body, message := range map[string]string{
		`{"orderId":1,"token":"tok_visa"`: "Invalid JSON.", `[]`: "Invalid JSON.", "{\"token\":\"\xff\"}": "Invalid JSON.", `null`: "Invalid orderId.",
	} {
		functiontest.Refused(t, body, s.Call(buyer, "POST", "/api/payments", body), 400, message)
	}
	for _, id := range []string{`null`, `0`, `-1`, `1.5`, `1e0`, `2147483648`, `"x"`, `""`, `"+1"`, `" 1"`, `"1 OR 1=1"`, `true`, `[1]`, `{"id":1}`} {
		functiontest.Refused(t, id, s.Call(buyer, "POST", "/api/payments", `{"token":"tok_visa","orderId":`+id+`}`), 400, "Invalid orderId.")
	}
	for _, token := range []string{`null`, `7`, `["tok_visa"]`, `""`, `"tok_"`, `"visa"`, `"4242424242424242"`, `"pi_1"`, `"tok_visa "`, `"tok_vi/../sa"`,
		`"tok_visa\n"`, `"tok_\u0000"`, `"TOK_visa"`, `"tok_` + strings.Repeat("x", 251) + `"`} {
		functiontest.Refused(t, token, s.Call(buyer, "POST", "/api/payments", `{"orderId":1,"token":`+token+`}`), 400, "Invalid token.")
	}
	functiontest.Refused(t, "nothing", s.Call(buyer, "POST", "/api/payments", ""), 415, "Content-Type must be application/json.")
	functiontest.Refused(t, "too much", s.Call(buyer, "POST", "/api/payments", strings.Repeat(" ", function.MaxBody+1)), 413, "Request body is too large.")
	s.want(0)
}

func TestManyPaymentsAtOnce(t *testing.T) {
	t.Parallel()
	s := placed(t)
	var made atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			a := s.pay(1, "tok_visa")
			var got struct{ Message string }
			err := json.Unmarshal([]byte(a.Body), &got)
			switch {
			case a.Status == 201:
				made.Add(1)
			case err != nil || a.Status != 409 || got.Message != ErrInProgress.Message && got.Message != ErrPaid.Message:
				t.Errorf("%d %s", a.Status, a.Body)
			}
		})
	}
	all.Wait()
	if made.Load() != 1 {
		t.Errorf("%d payments were created", made.Load())
	}
	s.want(1, event.PaymentSucceeded)
	s.wantNews("payments.created payment/1")
}

func TestGoodCardAfterBadOnes(t *testing.T) {
	t.Parallel()
	s := placed(t)
	functiontest.Refused(t, "declined", s.pay(1, "tok_chargeDeclined"), 400, "Stripe charge failed.")
	functiontest.Refused(t, "unknown", s.pay(1, "tok_unheardOf"), 400, "Stripe charge failed.")
	s.paid(1, "tok_visa")
	s.want(1, event.PaymentFailed, event.PaymentFailed, event.PaymentSucceeded)
	s.wantNews("payments.created payment/3")
}

func TestStripeAway(t *testing.T) {
	t.Parallel()
	s := placed(t)
	s.stripe.cut.Store(true)
	a := s.pay(1, "tok_visa")
	functiontest.Refused(t, "away", a, 503, "Service unavailable.")
	if a.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	s.stripe.cut.Store(false)
	s.paid(1, "tok_visa") // at once: the first attempt cannot have charged anything
	s.want(1, event.PaymentFailed, event.PaymentSucceeded)
}

// A webhook that settles the payment before Stripe's answer is heard takes nothing from the reply.
func TestWebhookOvertakesTheAnswer(t *testing.T) {
	t.Parallel()
	s := placed(t)
	on(&s.stripe.after, "confirm", func() {
		if status := s.tell(s.payments(1)[0].IntentID); status != 200 {
			t.Errorf("webhook: %d", status)
		}
	})
	got := s.paid(1, "tok_visa")
	events := s.Announced()
	if len(events) != 1 || events[0].Extensions()["sequence"] != strconv.FormatInt(got.Seq, 10) || functiontest.Data(t, event.PaymentCreated, events[0]) != *got.Payment {
		t.Errorf("answered %+v, announced %s", got, events)
	}
	s.want(1, event.PaymentSucceeded)
}

// A payment goes on when its client has left.
func TestClientLeaves(t *testing.T) {
	t.Parallel()
	s := placed(t)
	ctx, leave := context.WithCancel(session.NewContext(t.Context(), session.Claims{ID: strconv.Itoa(buyer)}))
	on(&s.stripe.before, "confirm", leave)
	if got, err := s.CreatePayment(ctx, CreatePaymentRequest{OrderID: 1, Token: "tok_visa"}); err != nil || ctx.Err() == nil {
		t.Errorf("%+v, %v", got, err)
	}
	s.want(1, event.PaymentSucceeded)
	s.wantNews("payments.created payment/1")
}
