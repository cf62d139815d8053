package mutations

const (
	order  = "functions/orders/order.go"
	orders = "functions/orders/store.go"
)

var ofOrders = []Mutation{
	{Bug: "Whether a ticket is free is asked, and then an order is inserted: there is no unique index, and no lock.", Edits: []Edit{
		{"functions/orders/migrations/00001_orders.sql", "CREATE UNIQUE INDEX orders_one_per_ticket ON orders (ticket_id) WHERE status <> 'cancelled';", "CREATE INDEX orders_one_per_ticket ON orders (ticket_id) WHERE status <> 'cancelled';"},
		{orders, "ON CONFLICT (ticket_id) WHERE status <> 'cancelled' DO NOTHING RETURNING", "RETURNING"},
		{orders, "AND NOT EXISTS (`+taken+`) FOR NO KEY UPDATE`", "AND NOT EXISTS (`+taken+`)`"},
	}, Tests: "./adapters/simulation TestEverywhere/an_order,_and_another_one_of"},
	{Bug: "A paid order can be cancelled.", Edits: []Edit{{order, "case o.Status == event.OrderIsComplete:\n\t\treturn ErrComplete", "case false:\n\t\treturn ErrComplete"}}},
	{Bug: "A cancelled order is completed by a late payment.", Edits: []Edit{{order, "if o.Status != event.OrderIsCreated || !paid {", "if !paid {"}}},
	{Bug: "An order expires without a look at the clock.", Edits: []Edit{{order, "if now.Before(o.Ends().Time) {\n\t\treturn errNotDue", "if false {\n\t\treturn errNotDue"}},
		Tests: "./adapters/simulation TestEverywhere/an_expiry_of_before"},
	{Bug: "A paid order expires.", Edits: []Edit{{order, "if o.Status != event.OrderIsCreated {\n\t\treturn nil\n\t}\n\tif now.Before(o.Ends().Time) {", "if o.Status == event.OrderIsComplete {\n\t\to.Status = event.OrderIsCreated\n\t}\n\tif now.Before(o.Ends().Time) {"}},
		Tests: "./adapters/simulation TestEverywhere/the_expiry_of_a_paid"},
	{Bug: "An order expires under its payment.", Edits: []Edit{{order, "grace == 0 || !o.Paying && !late {", "grace == 0 || !late {"}},
		Tests: "./functions/orders Grace"},
	{Bug: "A payment that comes too late is taken for done: it is not refunded.", Edits: []Edit{{"functions/orders/completeorder.go", "if first, err := insertRejection(ctx, tx, payment.ID); err != nil || !first {", "if first, err := insertRejection(ctx, tx, payment.ID); err != nil || first || !first {"}},
		Tests: "./functions/orders PaymentRejected"},
	{Bug: "Orders that Redis has forgotten are never swept.", Edits: []Edit{{"functions/orders/expireorder.go", "for _, id := range ids {\n", "for _, id := range ids[:0] {\n"}},
		Tests: "./adapters/simulation TestEverywhere/an_expiry,_and"},
	{Bug: "An older version of a ticket replaces a newer one.", Edits: []Edit{{"functions/orders/copyticket.go", "WHERE tickets.version < excluded.version", "WHERE tickets.version <> excluded.version"}},
		Tests: "./adapters/simulation TestEverywhere/a_change_of"},
	{Bug: "A change of an order keeps its version, so that copies miss it.", Edits: []Edit{{orders, "version = version + 1, updated_at = now()", "version = version, updated_at = now()"}},
		Tests: "./adapters/simulation TestEverywhere/a_cancellation"},
	{Bug: "An order is read without a lock before it is changed.", Edits: []Edit{{orders, "FROM orders WHERE id = $1 FOR UPDATE`", "FROM orders WHERE id = $1`"}},
		Tests: "./adapters/simulation TestEverywhere/a_cancellation"},
	{Bug: "An event of an order that is not known yet is dropped for any error.", Edits: []Edit{{orders, "if errors.Is(err, ErrNotFound) {\n\t\treturn function.Reject(err)", "if err != nil || errors.Is(err, ErrNotFound) {\n\t\treturn function.Reject(err)"}}},
	{Bug: "The limit of open orders is asked out of turn, so that two at once pass it.", Edits: []Edit{{"functions/orders/createorder.go", "o.db.ChangeInTurn(ctx, buyer, func", "o.db.Change(ctx, func"}},
		Tests: "./functions/orders LimitHoldsAtOnce"},
	{Bug: "An expired order can be extended.", Edits: []Edit{{order, "!now.Before(o.ExpiresAt.Time) || o.Extensions >= limit", "o.Extensions >= limit"}},
		Tests: "./functions/orders Moves"},
}

var ofTickets = []Mutation{
	{Bug: "A cancelled order frees its ticket without a look at who holds it.", Edits: []Edit{{"functions/tickets/holdticket.go", "if err != nil || !ticket.Hold(holder) {", "if order.Status == \"cancelled\" {\n\t\t\tholder = nil\n\t\t}\n\t\tif err != nil || !ticket.Hold(holder) {"}}},
	{Bug: "An older state of an order replaces a newer one in tickets.", Edits: []Edit{{"functions/tickets/holdticket.go", "WHERE holds.version < excluded.version", "WHERE holds.version <> excluded.version"}}},
	{Bug: "The orders of one ticket are noted at once, without a lock.", Edits: []Edit{{"functions/tickets/store.go", "FROM tickets WHERE id = $1 FOR UPDATE`", "FROM tickets WHERE id = $1`"}},
		Tests: "./functions/tickets Hold"},
	{Bug: "A ticket that an order holds can be changed.", Edits: []Edit{{"functions/tickets/ticket.go", "if t.OrderID != nil {", "if false {"}},
		Tests: "./functions/tickets UpdateTicketRefuses"},
}
