package stripeserver

import (
	"net/http"
	"slices"
	"strconv"
)

func createRefund(b *books, r request) (change, reply) {
	if name, bad := r.unknown("payment_intent", "amount", "metadata"); bad {
		return change{}, refuse(http.StatusBadRequest, "parameter_unknown", name, "Received unknown parameter: %s", name)
	}
	id := r.form.Get("payment_intent")
	pi, ok := b.intents[id]
	if !ok {
		return change{}, missing(http.StatusBadRequest, "payment_intent", id, "payment_intent")
	}
	ch := b.charges[pi.LatestCharge]
	if !ch.Paid {
		return change{}, fail(http.StatusBadRequest, failure{Type: "invalid_request_error",
			Message: "This PaymentIntent (" + id + ") does not have a successful charge to refund."})
	}
	if amount := r.form.Get("amount"); amount != "" && amount != strconv.FormatInt(ch.Amount, 10) {
		return change{}, refuse(http.StatusBadRequest, "parameter_invalid_integer", "amount", "The sandbox refunds in full only.")
	}
	if ch.Refunded {
		return change{}, fail(http.StatusBadRequest, failure{Type: "invalid_request_error", Code: "charge_already_refunded",
			Message: "Charge " + ch.ID + " has already been refunded."})
	}
	back := refund{
		ID:            newID("re"),
		Object:        "refund",
		Amount:        ch.Amount,
		Charge:        ch.ID,
		Created:       r.now,
		Currency:      ch.Currency,
		Metadata:      r.metadata(),
		PaymentIntent: pi.ID,
		Status:        succeeded,
	}
	ch.Refunded, ch.AmountRefunded = true, ch.Amount
	return change{
		Charges: []charge{ch},
		Refunds: []refund{back},
		Events:  []event{r.announce("charge.refunded", ch)},
	}, reply{status: http.StatusOK, body: back}
}

type refundList struct {
	Object  string   `json:"object"`
	Data    []refund `json:"data"`
	HasMore bool     `json:"has_more"`
	URL     string   `json:"url"`
}

func listRefunds(b *books, r request) (change, reply) {
	list := refundList{Object: "list", Data: []refund{}, URL: "/v1/refunds"}
	for _, back := range b.refunds {
		if wanted := r.form.Get("payment_intent"); wanted == "" || wanted == back.PaymentIntent {
			list.Data = append(list.Data, back)
		}
	}
	slices.SortFunc(list.Data, func(x, y refund) int { return int(y.Created - x.Created) })
	return found(list)
}

func getCharge(b *books, r request) (change, reply) {
	ch, ok := b.charges[r.id]
	if !ok {
		return change{}, missing(http.StatusNotFound, "charge", r.id, "id")
	}
	return found(ch)
}
