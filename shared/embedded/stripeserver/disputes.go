package stripeserver

import "net/http"

// disputeCharge is the buyer's bank, which wants the money of a charge back.
func disputeCharge(s *state, r request) answer {
	ch, known := s.charges[r.object]
	if !known || ch.Disputed || ch.left() == 0 {
		return missing(http.StatusNotFound, "charge", r.object, "charge")
	}
	dp := ch.dispute(r)
	ch.Disputed = true
	return ok(dp, change{Charges: []charge{ch}, Disputes: []dispute{dp}, Events: []event{r.announce("charge.dispute.created", dp)}})
}

func (ch charge) dispute(r request) dispute {
	return dispute{ID: newID("dp"), Object: "dispute", Amount: ch.left(), Charge: ch.ID, Created: r.now,
		Currency: ch.Currency, PaymentIntent: ch.PaymentIntent, Status: needsResponse}
}

// closeDispute is the buyer's bank, which has decided. What is left of the charge can be refunded again.
func closeDispute(s *state, r request) answer {
	dp, known := s.disputes[r.object]
	if !known || dp.Status != needsResponse {
		return missing(http.StatusNotFound, "dispute", r.object, "dispute")
	}
	ch := s.charges[dp.Charge]
	switch r.form.Get("outcome") {
	case "win":
		dp.Status, ch.Disputed = won, false
	case "lose":
		dp.Status, ch.Disputed = lost, false
		ch.Lost += dp.Amount
	default:
		return refuse(http.StatusBadRequest, "parameter_missing", "outcome", "Say outcome=win or outcome=lose.")
	}
	return ok(dp, change{Charges: []charge{ch}, Disputes: []dispute{dp}, Events: []event{r.announce("charge.dispute.closed", dp)}})
}
