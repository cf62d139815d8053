package client

import (
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
)

func TestWaitingList(t *testing.T) {
	t.Parallel()
	shown := func(ticket event.Ticket, waiting any) answers {
		return answers{"GET /api/tickets/3": ticket, "GET /api/orders": []event.Order{}, "GET /api/notifications/waiting/3": waiting}
	}
	joined := func(answer, preferences any) answers {
		return answers{"PUT /api/notifications/waiting/3": answer, "GET /api/notifications/preferences": preferences}
	}
	first, second := map[string]any{"waiting": true, "place": 1}, map[string]any{"waiting": true, "place": 2}
	none, mails, noMails := map[string]any{"waiting": false}, map[string]any{"optionalMails": true}, map[string]any{"optionalMails": false}
	begun := heldTicket
	begun.StartsAt = &begun.CreatedAt
	const page, tell, stop = "GET /tickets/3", "Tell me when it is available again", "Stop telling me"
	wait := "POST /tickets/3/waiting" + filled("waiting", "true", "for", "2")
	play(t, nil, nil, []scene{
		{"a guest", 0, page, shown(heldTicket, nil), 200, tell + `|action="/tickets/3/waiting"|!` + stop, ""},
		{"a guest's button", 0, "POST /tickets/3/waiting" + filled("waiting", "true"), nil, 0, "/auth/signin?return=%2Ftickets%2F3", ""},
		{"not waiting", 2, page, shown(heldTicket, none), 200, tell + `|data-version="reserved-2"|!` + stop, ""},
		{"sold", 2, page, shown(soldTicket, none), 200, tell + "|if you have confirmed your address|!" + stop, ""},
		{"first", 2, page, shown(heldTicket, first), 200, "You are the first on the waiting list|" + stop + `|data-version="reserved-2-waiting"|!` + tell, ""},
		{"second", 2, page, shown(heldTicket, second), 200, `You are number 2 on the waiting list|<a href="/account">confirmed your address</a>|` + stop, ""},
		{"not known", 2, page, shown(heldTicket, apierror.Unavailable(nil)), 200, "Somebody has ordered this ticket|!" + tell + "|!" + stop, ""},
		{"free", 2, page, shown(ticket, first), 200, "Order this ticket|!" + stop + "|!" + tell, "GET /api/tickets/3"},
		{"begun", 0, page, shown(begun, nil), 200, "!" + tell, ""},
		{"one's own", 1, page, shown(heldTicket, none), 200, "!" + tell, "GET /api/tickets/3"},
		{"joined", 2, wait, joined(first, mails), 0, "/tickets/3", ""},
		{"joined, mails not known", 2, wait, joined(first, nil), 0, "/tickets/3", ""},
		{"joined without mails", 2, wait, joined(first, noMails), 200, "you have stopped the mails that would tell you|href=\"/account\"", ""},
		{"available", 2, wait, joined(api.ErrAvailable, nil), 409, "This ticket is available|href=\"/tickets/3\"", "PUT /api/notifications/waiting/3"},
		{"not offered", 2, wait, joined(api.ErrNotOffered, nil), 409, "no longer offered", ""},
		{"many", 2, wait, joined(api.ErrWaitsForMany, nil), 429, "You wait for many tickets", ""},
		{"joined for one's own", 2, wait, joined(api.ErrWaitsForOwn, nil), 0, "/tickets/3", ""},
		{"left", 2, "POST /tickets/3/waiting" + filled("waiting", "false"), answers{"DELETE /api/notifications/waiting/3": none}, 0, "/tickets/3", "DELETE /api/notifications/waiting/3"},
		{"neither", 2, "POST /tickets/3/waiting", nil, 400, "That did not work", ""},
		{"away", 2, wait, joined(apierror.Unavailable(nil), nil), 503, "Nothing is lost|action=\"/tickets/3/waiting\"|name=\"waiting\" value=\"true\"", ""},
	})
}

func TestMails(t *testing.T) {
	t.Parallel()
	account := func(answer any) answers {
		return answers{"GET /api/users/sessions": openSessions, "GET /api/notifications/preferences": answer}
	}
	stop := answers{"POST /api/notifications/unsubscribe": map[string]any{"optionalMails": false}}
	set := answers{"PUT /api/notifications/preferences": map[string]any{}}
	play(t, nil, nil, []scene{
		{"on", 2, "GET /account", account(map[string]any{"optionalMails": true}), 200, `action="/account/mails"|Stop these mails|value="false"`, ""},
		{"off", 2, "GET /account", account(map[string]any{"optionalMails": false}), 200, `action="/account/mails"|Send them again|value="true"`, ""},
		{"not known", 2, "GET /account", account(apierror.Unavailable(nil)), 200, `Firefox on Linux|!/account/mails`, ""},
		{"turned on", 2, "POST /account/mails" + filled("optional", "true"), set, 0, "/account", `PUT /api/notifications/preferences {"optionalMails":true}`},
		{"turned off", 2, "POST /account/mails" + filled("optional", "false"), set, 0, "/account", `PUT /api/notifications/preferences {"optionalMails":false}`},
		{"neither", 2, "POST /account/mails", nil, 400, "That did not work", ""},
		{"link", 0, "GET /unsubscribe/a.b.c", nil, 200, `Stop these mails?|method="post" action="/unsubscribe/a.b.c"`, ""},
		{"pressed", 0, "POST /unsubscribe/a.b.c", stop, 200, "These mails have stopped", "POST /api/notifications/unsubscribe?token=a.b.c"},
		{"no link of ours", 0, "POST /unsubscribe/a.b.c", answers{"POST /api/notifications/unsubscribe": api.ErrInvalidLink}, 400, `This link does not work|href="/account"`, ""},
		{"away", 0, "POST /unsubscribe/a.b.c", answers{"POST /api/notifications/unsubscribe": apierror.Unavailable(nil)}, 503, `Nothing is lost|action="/unsubscribe/a.b.c"`, ""},
	})
}
