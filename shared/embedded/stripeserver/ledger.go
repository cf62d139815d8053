package stripeserver

import (
	"cmp"
	"slices"
	"strconv"
)

// Ledger is the money that moved. Declined cards are not in it.
type Ledger struct {
	Charges []Charge // ordered by id, as the refunds are
	Refunds []Refund // those that did not fail, and disputes that were lost
}

// Charge is money taken.
type Charge struct {
	ID          string
	IntentID    string
	OrderID     int32 // from the metadata; 0 if there is none
	PaymentID   int32 // likewise
	AmountCents int64
}

// Refund is money sent back.
type Refund struct {
	ID          string
	ChargeID    string
	OrderID     int32
	AmountCents int64
}

// Ledger returns a copy of the accounts as they stand.
func (s *Sandbox) Ledger() Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	var l Ledger
	for _, ch := range s.state.charges {
		l.Charges = append(l.Charges, Charge{ID: ch.ID, IntentID: ch.PaymentIntent, AmountCents: ch.Amount,
			OrderID: number(ch.Metadata["order_id"]), PaymentID: number(ch.Metadata["payment_id"])})
	}
	for _, dp := range s.state.disputes {
		if dp.Status == lost {
			order := number(s.state.charges[dp.Charge].Metadata["order_id"])
			l.Refunds = append(l.Refunds, Refund{ID: dp.ID, ChargeID: dp.Charge, OrderID: order, AmountCents: dp.Amount})
		}
	}
	for _, re := range s.state.refunds {
		if re.Status == failed {
			continue
		}
		order := number(s.state.charges[re.Charge].Metadata["order_id"])
		l.Refunds = append(l.Refunds, Refund{ID: re.ID, ChargeID: re.Charge, OrderID: order, AmountCents: re.Amount})
	}
	slices.SortFunc(l.Charges, func(x, y Charge) int { return cmp.Compare(x.ID, y.ID) })
	slices.SortFunc(l.Refunds, func(x, y Refund) int { return cmp.Compare(x.ID, y.ID) })
	return l
}

// ChargesOf returns the charges of one order, refunded or not.
func (l Ledger) ChargesOf(orderID int32) []Charge {
	return slices.DeleteFunc(slices.Clone(l.Charges), func(c Charge) bool { return c.OrderID != orderID })
}

// Kept returns the cents that are kept for each order that was ever charged.
func (l Ledger) Kept() map[int32]int64 {
	kept := map[int32]int64{}
	for _, c := range l.Charges {
		kept[c.OrderID] += c.AmountCents
	}
	for _, r := range l.Refunds {
		kept[r.OrderID] -= r.AmountCents
	}
	return kept
}

// number is 0 for a text that is no 32-bit number.
func number(text string) int32 {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0
	}
	return int32(n)
}
