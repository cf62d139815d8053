package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/embedded/stripeserver"
)

// What others do with the money at Stripe: someone in its dashboard, and the banks of buyers.

func (w *world) charge(s step) (stripeserver.Charge, bool) {
	all := w.stripe.Ledger().Charges
	if len(all) == 0 {
		return stripeserver.Charge{}, false
	}
	slices.SortFunc(all, func(a, b stripeserver.Charge) int { return int(a.PaymentID - b.PaymentID) }) // ids of charges are random
	return all[s.What%len(all)], true
}

// refund sends back half of a charge, or all of it.
func (w *world) refund(s step) *task {
	c, ok := w.charge(s)
	if !ok {
		return nil
	}
	cents := c.AmountCents / int64(1+s.Who%2)
	a := w.atStripe("POST", "/v1/refunds", url.Values{"payment_intent": {c.IntentID}, "amount": {fmt.Sprint(cents)}}.Encode())
	if a.Code == http.StatusOK {
		w.elsewhere[c.OrderID] += cents
	}
	w.tell("someone sends back %d cents of payment %d at Stripe: %d", cents, c.PaymentID, a.Code)
	w.changed = true
	return nil
}

func (w *world) dispute(s step) *task {
	if c, ok := w.charge(s); ok {
		a := w.atStripe("POST", "/v1/test_helpers/charges/"+c.ID+"/dispute", "")
		w.tell("a bank wants the money of payment %d back: %d", c.PaymentID, a.Code)
	}
	return nil
}

// decide is what a bank does: it closes a dispute, for us or against us, and takes a refund that is pending.
func (w *world) decide(s step) *task {
	c, ok := w.charge(s)
	if !ok {
		return nil
	}
	for _, d := range w.undecided("disputes", c) {
		outcome := []string{"win", "lose"}[s.Who%2]
		if a := w.atStripe("POST", "/v1/test_helpers/disputes/"+d.ID+"/close", "outcome="+outcome); a.Code == http.StatusOK && outcome == "lose" {
			w.elsewhere[c.OrderID] += d.Amount
		}
		w.tell("the dispute of payment %d ends: we %s", c.PaymentID, outcome)
	}
	for _, r := range w.undecided("refunds", c) {
		w.atStripe("POST", "/v1/test_helpers/refunds/"+r.ID+"/settle", "outcome=succeed")
		w.tell("a refund of payment %d arrives", c.PaymentID)
	}
	w.changed = true
	return nil
}

// decision is a dispute or a refund that waits for a bank.
type decision struct {
	ID     string
	Amount int64
	Status string
}

func (w *world) undecided(kind string, c stripeserver.Charge) []decision {
	var list struct{ Data []decision }
	if err := json.Unmarshal(w.atStripe("GET", "/v1/"+kind+"?payment_intent="+c.IntentID, "").Body.Bytes(), &list); err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(list.Data, func(d decision) bool { return d.Status != "pending" && d.Status != "needs_response" })
}

// decideAll lets the banks decide what is open.
func (w *world) decideAll() {
	for i := range w.stripe.Ledger().Charges {
		w.decide(step{What: i, Who: i})
	}
}

// moved: each payment says how much of its money went back, and so does the order that noted it.
func (w *world) moved() error {
	back := map[string]int64{}
	for _, r := range w.stripe.Ledger().Refunds {
		back[r.ChargeID] += r.AmountCents
	}
	var errs []error
	said := map[int32]int64{}
	var id int32
	var charge string
	var cents int64
	rows, err := w.databases["payments"].Query(context.Background(), `SELECT id, charge_id, refunded FROM payments`)
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&id, &charge, &cents}, func() error {
			if said[id] = cents; charge != "" && back[charge] != cents {
				errs = append(errs, fmt.Errorf("payment %d: %d cents went back, and it says %d", id, back[charge], cents))
			}
			return nil
		})
	}
	errs = append(errs, err)
	rows, err = w.databases["orders"].Query(context.Background(), `SELECT noted_payment_id, refunded FROM orders WHERE noted_payment_id <> 0`)
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&id, &cents}, func() error {
			if said[id] != cents {
				errs = append(errs, fmt.Errorf("payment %d says that %d cents went back, and its order %d", id, said[id], cents))
			}
			return nil
		})
	}
	return errors.Join(append(errs, err)...)
}
