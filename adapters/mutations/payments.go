package mutations

const (
	payment  = "functions/payments/payment.go"
	payments = "functions/payments/store.go"
	paying   = "functions/payments/createpayment.go"
)

var ofPayments = []Mutation{
	{Bug: "Two attempts to pay an order are under way at once: there is no unique index, and no turn.", Edits: []Edit{
		{"functions/payments/migrations/00001_payments.sql", "CREATE UNIQUE INDEX payments_one_per_order", "CREATE INDEX payments_one_per_order"},
		{payments, "ON CONFLICT (order_id) WHERE status IN ('pending', 'succeeded') DO NOTHING RETURNING", "RETURNING"},
		{paying, "p.db.ChangeInTurn(ctx, order.UserID, func", "p.db.Change(ctx, func"},
	}, Tests: "./functions/payments ."},
	{Bug: "Stripe is asked to charge before the intent's id is stored.", Edits: []Edit{
		{paying, "\tif payment, err = savePrepared(ctx, p.db, payment.ID, intent.ID); err != nil { // before any money can move\n\t\treturn none, err\n\t}\n\tintent, err = p.gateway.Confirm(ctx, payment.Key, payment.IntentID)\n",
			"\tprepared := intent.ID\n\tintent, err = p.gateway.Confirm(ctx, payment.Key, prepared)\n\tif saved, unsaved := savePrepared(ctx, p.db, payment.ID, prepared); unsaved != nil {\n\t\treturn none, unsaved\n\t} else {\n\t\tpayment = saved\n\t}\n"}},
		Tests: "./adapters/simulation TestEverywhere/a_payment,_and_another"},
	{Bug: "The intent's id is stored for an attempt that was given up meanwhile, and then charged.", Edits: []Edit{{payments, "WHERE id = $1 AND status = 'pending' RETURNING", "WHERE id = $1 RETURNING"}},
		Tests: "./functions/payments GivenUpBeforeItsIntent"},
	{Bug: "A payment is given up, and its intent is not cancelled at Stripe.", Edits: []Edit{{"functions/payments/settle.go", "if payment.IntentID != \"\" {\n\t\tvar err error", "if intent.ID = payment.IntentID; false {\n\t\tvar err error"}}},
	{Bug: "A payment whose outcome is unknown is taken for failed.", Edits: []Edit{{paying, "if err != nil { // the money may have moved\n\t\treturn none, translate(err)", "if err != nil {\n\t\t_, _, _ = p.store(ctx, payment, gateway.Intent{ID: payment.IntentID, Status: gateway.Cancelled}, failed)\n\t\treturn none, translate(err)"}},
		Tests: "./functions/payments ."},
	{Bug: "What a crash has left open is never settled.", Edits: []Edit{{payments, "WHERE status = 'pending' AND checked_at < $1 ORDER BY", "WHERE status = 'pending' AND checked_at < $1 AND false ORDER BY"}}},
	{Bug: "A late payment's refund is forgotten.", Edits: []Edit{{"functions/payments/refund.go", "func(payment *Payment) { payment.Owe(now) }", "func(payment *Payment) { _ = now }"}}},
	{Bug: "A refund that failed once is not tried again.", Edits: []Edit{{"functions/payments/refunds.go", "next_attempt_at = clock_timestamp() + least(interval '1 minute' * power(2, least(attempts, 11)), interval '1 day')", "next_attempt_at = NULL"}},
		Tests: "./functions/payments RefundsAreTriedAgain"},
	{Bug: "The same idempotency key is used after a refusal that is known, and Stripe repeats it.", Edits: []Edit{{payment, "if p.Undone == 0 {", "if true {"}},
		Tests: "./functions/payments RefundsAreTriedAgain"},
	{Bug: "A new idempotency key is used while the outcome of the call before is unknown.", Edits: []Edit{{"functions/payments/settle.go", "if errors.Is(err, gateway.ErrUnknown) {", "if false {"}},
		Tests: "./functions/payments LostRefund"},
	{Bug: "What was learned of another intent settles a payment.", Edits: []Edit{{payment, "if p.Status != event.PaymentPending || intent.ID != p.IntentID {", "if p.Status != event.PaymentPending {"}},
		Tests: "./functions/payments Settle"},
	{Bug: "An older state of an order replaces a newer one in payments.", Edits: []Edit{{"functions/payments/copyorder.go", "WHERE orders.version < excluded.version", "WHERE orders.version <> excluded.version"}},
		Tests: "./adapters/simulation TestEverywhere/an_order's_end"},
	{Bug: "A payment goes on only while its buyer waits for the answer.", Edits: []Edit{{paying, "context.WithTimeout(context.WithoutCancel(ctx), lastMoments", "context.WithTimeout(ctx, lastMoments"}},
		Tests: "./functions/payments ClientLeaves"},
	{Bug: "A stranger pays.", Edits: []Edit{{payment, "case o.UserID != userID:", "case false:"}}, Tests: "./functions/payments CreatePaymentRefuses"},
	{Bug: "Anyone can send a webhook.", Edits: []Edit{{"functions/payments/gateway/webhook.go", "if err := webhook.ValidatePayload(payload, signature, g.webhookSecret); err != nil {", "if err := webhook.ValidatePayload(payload, signature, g.webhookSecret); err != nil && signature == \"\" {"}},
		Tests: "./functions/payments WebhookRefuses"},
}
