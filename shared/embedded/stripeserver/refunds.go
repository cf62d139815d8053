package stripeserver

import (
	"net/http"
	"strconv"
)

// createRefund gives a charge back, or an amount of it.
func createRefund(s *state, r request) answer {
	if refused, bad := r.unknown("payment_intent", "amount"); bad {
		return refused
	}
	id := r.form.Get("payment_intent")
	pi, known := s.intents[id]
	ch, charged := s.charges[pi.LatestCharge]
	amount := ch.left()
	if asked, err := strconv.ParseInt(r.form.Get("amount"), 10, 64); err == nil {
		amount = asked
	}
	switch {
	case !known:
		return missing(400, "payment_intent", id, "payment_intent")
	case !charged || !ch.Paid:
		return fail(400, failure{Type: "invalid_request_error", Message: "This PaymentIntent (" + id + ") does not have a successful charge to refund."})
	case ch.left() == 0:
		return fail(400, failure{Type: "invalid_request_error", Code: "charge_already_refunded", Message: "Charge " + ch.ID + " has already been refunded."})
	case ch.Disputed:
		return fail(400, failure{Type: "invalid_request_error", Code: "charge_disputed", Message: "Charge " + ch.ID + " has been charged back."})
	case amount <= 0 || amount > ch.left():
		return fail(400, failure{Type: "invalid_request_error", Param: "amount", Message: "Refund amount is greater than unrefunded amount on charge."})
	}
	re := refund{
		ID: newID("re"), Object: "refund", Amount: amount, Charge: ch.ID, Created: r.now, Currency: ch.Currency,
		PaymentIntent: pi.ID, Status: succeeded,
	}
	if c := pi.card(); c.refund != "" {
		re.Status = c.refund
	}
	ch.refund(amount)
	return ok(re, change{Charges: []charge{ch}, Refunds: []refund{re}, Events: []event{r.announce("charge.refunded", ch)}})
}

// left is what can still be refunded.
func (ch charge) left() int64 { return ch.Amount - ch.AmountRefunded - ch.Lost }

// refund notes that an amount goes back, or, below zero, that it does not.
func (ch *charge) refund(amount int64) {
	ch.AmountRefunded += amount
	ch.Refunded = ch.AmountRefunded == ch.Amount
}

// settleRefund is the buyer's bank, which takes the money of a refund or sends it back.
func settleRefund(s *state, r request) answer {
	re, known := s.refunds[r.object]
	if !known || re.Status == failed {
		return missing(http.StatusNotFound, "refund", r.object, "refund")
	}
	switch r.form.Get("outcome") {
	case "succeed":
		re.Status = succeeded
		return ok(re, change{Refunds: []refund{re}, Events: []event{r.announce("refund.updated", re)}})
	case "fail":
		re.Status = failed
		ch := s.charges[re.Charge]
		ch.refund(-re.Amount)
		return ok(re, change{Charges: []charge{ch}, Refunds: []refund{re}, Events: []event{r.announce("refund.failed", re)}})
	}
	return refuse(http.StatusBadRequest, "parameter_missing", "outcome", "Say outcome=succeed or outcome=fail.")
}
