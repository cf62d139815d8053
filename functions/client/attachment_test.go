package client

import (
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

const attached = "GET /api/tickets/3/attachment" // as tickets is asked for it

var textOf7 = map[string]string{"text": "Gate 3 <b>\nCode"}

func TestAttachmentPage(t *testing.T) {
	t.Parallel()
	const page, form = "GET /tickets/3/attachment", "POST /tickets/3/attachment"
	put := func(answer any) answers { return answers{"PUT /api/tickets/3/attachment": answer} }
	owner := func(answer any) answers { return answers{"GET /api/tickets/3": ticket, attached: answer} }
	play(t, nil, nil, []scene{
		{"none yet", 1, page, owner(api.ErrNoAttachment), 200, "What the buyer gets|spellcheck=\"false\" aria-describedby=\"text-hint\">\n</textarea>|action=\"/tickets/3/attachment\"", attached},
		{"as it is", 1, page, owner(textOf7), 200, "\nGate 3 &lt;b&gt;\nCode</textarea>", ""},
		{"of another", 2, page, owner(textOf7), 403, "This is somebody else&#39;s ticket|!Gate 3", ""},
		{"of a reserved ticket", 1, page, answers{"GET /api/tickets/3": heldTicket}, 403, "Somebody has ordered this ticket", ""},
		{"of a withdrawn ticket", 1, page, answers{"GET /api/tickets/3": withdrawnTicket}, 409, "This ticket is withdrawn", ""},
		{"stored for a withdrawn ticket", 1, form + filled("text", "x"), put(api.ErrTicketWithdrawn), 409, "This ticket is withdrawn", ""},
		{"without a session", 0, page, owner(textOf7), 0, "/auth/signin?return=%2Ftickets%2F3%2Fattachment", ""},
		{"while tickets is away", 1, page, owner(apierror.New(500, "Internal error.")), 503, "Something on our side is away", ""},
		{"stored", 1, form + filled("text", "Gate 3\r\nCode"), put(reply{}), 0, "/tickets/3", `PUT /api/tickets/3/attachment {"text":"Gate 3\r\nCode"}`},
		{"too long", 1, form + filled("text", "<b>"), put(api.ErrInvalidText), 400, "\n&lt;b&gt;</textarea>|at most 4096|aria-invalid", ""},
		{"of a sold ticket", 1, form + filled("text", "x"), put(api.ErrTicketReserved), 403, "Somebody has ordered this ticket", ""},
		{"stored while tickets is away", 1, form + filled("text", "my text"), put(apierror.New(500, "Internal error.")), 503, "Something on our side is away|my text", ""},
		{"stored without a session", 0, form + filled("text", "my text"), nil, 0, "/auth/signin?return=%2Ftickets%2F3%2Fattachment", ""}, // the text is in no address
	})
}

// The buyer sees what the seller wrote on the page of the paid order, as text, and nothing of it before, or when the money went back.
func TestBought(t *testing.T) {
	t.Parallel()
	order := func(o event.Order, answer any) answers {
		return answers{"GET /api/orders/7": o, payment: nothingPaid, attached: answer}
	}
	const page, text = "GET /orders/7", "From the seller|Gate 3 &lt;b&gt;\nCode"
	none := "!" + strings.ReplaceAll(text, "|", "|!")
	owed := orderThat(func(o *event.Order) { o.Status, o.Refund = event.OrderIsComplete, event.RefundOwed })
	play(t, nil, nil, []scene{
		{"paid", 2, page, order(complete, textOf7), 200, text + "|data-final", ""},
		{"not yet", 2, page, order(order7, textOf7), 200, none, "GET /api/payments/orders/7"},
		{"refunded", 2, page, order(refunded, textOf7), 200, none, "GET /api/orders/7"},
		{"to be refunded", 2, page, order(owed, textOf7), 200, none, "GET /api/orders/7"},
		{"tickets does not know of it yet", 2, page, order(complete, api.ErrNotYoursToRead), 200, none + "|Receipt|cannot be shown just now|!data-final", ""},
		{"tickets is away", 2, page, order(complete, apierror.New(500, "Internal error.")), 200, none + "|Receipt|cannot be shown just now", ""},
	})
}
