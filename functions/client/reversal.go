package client

import "github.com/gittix/ticketing/shared/event"

// Reversals say what has become of the order's money since it was taken, beside how much went back.
func (o orderView) Reversals() (sentences []string) {
	say := func(sentence string) {
		if sentence != "" {
			sentences = append(sentences, sentence)
		}
	}
	say(map[event.RefundStatus]string{
		event.RefundOwed:    "Your money is to go back to your card. We try until your bank has it.",
		event.RefundPending: "Money is on its way back to your card. Banks take up to ten days.",
		event.RefundFailed:  "Money that was sent back to your card did not arrive there.",
	}[o.Refund])
	say(map[event.Dispute]string{
		event.DisputeInquiry: "Your bank has asked about this payment.",
		event.DisputeOpen:    "Your bank has asked for the money back, and has not decided yet.",
		event.DisputeWon:     "Your bank has decided that the payment stands.",
		event.DisputeLost:    "Your bank has taken the money back.",
	}[o.Dispute])
	return sentences
}
