package client

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

// more is a list of a service that goes on.
func more(next string, list any) reply {
	return reply{body: list, header: http.Header{"Link": {"<" + next + `>; rel="next"`}}}
}

func TestHome(t *testing.T) {
	t.Parallel()
	tickets := func(answer any) answers { return answers{"GET /api/tickets": answer} }
	none := tickets([]event.Ticket{})
	scenes := []scene{
		{"search", 0, "GET /?q=cup++final&available=true&after=9", tickets(more("/api/tickets?after=3&q=a", []event.Ticket{heldTicket, ticket})), 200,
			`Cup final|$42.50|Available|Reserved|value="cup  final"| checked|href="/?available=true&amp;q=cup&#43;&#43;final" rel="prev"|Page 2|href="/?after=3&amp;available=true&amp;before=9&amp;q=cup&#43;&#43;final" rel="next"|<title>“cup  final”, page 2 ·`,
			"GET /api/tickets?after=9&available=true&limit=24&q=cup++final&unsold=true&upcoming=true"},
		{"nothing", 0, "GET /", none, 200, "No tickets are on sale.|!Next|!Previous|!checked|Sign in|never pay twice", ""},
		{"some found", 0, "GET /?q=cup", tickets([]event.Ticket{ticket, heldTicket}), 200, "2 tickets|!Next", ""},
		{"many found", 0, "GET /?q=cup", tickets(more("/api/tickets?after=3", []event.Ticket{ticket})), 200, "The first 1|Next", ""},
		{"a category by price", 0, "GET /?category=sports&sort=price", tickets(more("/api/tickets?after=3", []event.Ticket{ticket})), 200, `<option value="sports" selected>|<a href="/">Show all tickets</a>|<option value="price" selected>|href="/?after=3&amp;category=sports&amp;sort=price" rel="next"`,
			"GET /api/tickets?category=sports&limit=24&sort=price&unsold=true&upcoming=true"},
		{"days", 0, "GET /?from=2030-06-01&to=2030-06-02&sort=price", none, 200, `No tickets of this kind.|value="2030-06-01"|value="2030-06-02"|<option value="date" selected>|in order of date`,
			"GET /api/tickets?from=2030-06-01&limit=24&sort=date&to=2030-06-02&unsold=true&upcoming=true"},
		{"no day", 0, "GET /?from=0000-01-01&to=2030-06-31", none, 200, `!value="0000`, "GET /api/tickets?limit=24&unsold=true&upcoming=true"},
		{"the second page of days", 0, "GET /?from=2030-06-01&sort=date&after=9", tickets(more("/api/tickets?after=3", []event.Ticket{ticket})), 200,
			`href="/?from=2030-06-01&amp;sort=date" rel="prev"|Page 2|href="/?after=3&amp;before=9&amp;from=2030-06-01&amp;sort=date" rel="next"|!in order of date`,
			"GET /api/tickets?after=9&from=2030-06-01&limit=24&sort=date&unsold=true&upcoming=true"},
		{"words of a category and day", 0, "GET /?q=cup&category=sports&from=2030-06-01", none, 200, "No tickets of this kind match “cup”.",
			"GET /api/tickets?category=sports&from=2030-06-01&limit=24&q=cup&sort=date&unsold=true&upcoming=true"},
		{"words by price", 0, "GET /?q=cup&sort=price", none, 200, `No tickets match|<option value="price" selected>`, "GET /api/tickets?limit=24&q=cup&sort=price&unsold=true&upcoming=true"},
		{"no such choice", 0, "GET /?category=<b>&sort=<b>&from=<b>&to=9", none, 200, "!<b>|!open>", "GET /api/tickets?limit=24&unsold=true&upcoming=true"},
		{"nothing available", 0, "GET /?available=true", none, 200, "No tickets are available.", ""},
		{"nothing found", 0, "GET /?q=x", none, 200, "No tickets match “x”.|<title>“x” ·|!Previous|!never pay twice", ""},
		{"nothing found yet", 0, "GET /?q=x", tickets(more("/api/tickets?after=3", []event.Ticket{})), 200, `None of the tickets that we have looked through match “x”.|<a href="/?after=3&amp;q=x">Look further|!No tickets match`, ""},
		{"too many words in few characters", 0, "GET /?q=" + strings.Repeat("%EF%B7%BA", 5), tickets(apierror.ErrInvalidQuery), 200, "<h1>Tickets for|No tickets match|value=\"" + strings.Repeat("\ufdfa", 5) + "|!That did not work", ""},
		{"no search", 0, "GET /?available=true", tickets(apierror.ErrInvalidQuery), 400, "That did not work", ""},
		{"signed in", 1, "GET /", none, 200, "ada@example.com|Sign out|!Sign in", ""},
		{"one's own", 1, "GET /tickets/mine", tickets(more("/api/tickets?after=3", []event.Ticket{heldTicket, ticket, soldTicket, withdrawnTicket, begunTicket})), 200,
			`Cup final|Reserved|Sold|Withdrawn|Over</span>|Available|href="/tickets/mine?after=3" rel="next"|!Previous`, "GET /api/tickets?limit=24&userId=1"},
		{"no more of one's own", 1, "GET /tickets/mine?after=3", none, 200, `You have listed no tickets yet.|href="/tickets/mine"`, ""},
	}
	for query, sends := range map[string]string{ // what makes no sense is left out, or made into what tickets takes
		"available=perhaps": "", "after=0": "", "after=-1": "", "after=99999999999": "", "q=%ff": "", "q=%20": "", "q=%00a%0ab": "&q=a+b",
		"q=" + strings.Repeat("%C3%A9", longestSearch+1): "&q=" + strings.Repeat("%C3%A9", longestSearch), "q=" + strings.Repeat("a+", 11): "&q=" + strings.Repeat("a+", 9) + "a",
	} {
		scenes = append(scenes, scene{query, 0, "GET /?" + query, none, 200, "Tickets", "GET /api/tickets?limit=24" + sends + "&unsold=true&upcoming=true"})
	}
	play(t, nil, nil, scenes)
}

func TestTicketPage(t *testing.T) {
	t.Parallel()
	free, held := answers{"GET /api/tickets/3": ticket}, func(order any) answers {
		return answers{"GET /api/tickets/3": heldTicket, "GET /api/orders": order}
	}
	sold := answers{"GET /api/tickets/3": soldTicket, "GET /api/orders": []event.Order{}}
	older := []event.Order{orderThat(func(o *event.Order) { o.ID = 6 })}
	going := api.Sale{OrderID: 7, TicketID: 3, Price: 4250, Status: event.OrderIsCancelled, SoldAt: timestamp.Of(now)}
	gone := going
	gone.Refunded = 4250
	sales := func(s ...api.Sale) []api.Sale { return append([]api.Sale{}, s...) }
	const page, both = "GET /tickets/3", `Cup final|$42.50|data-live="/tickets/3/state"|`
	play(t, nil, nil, []scene{
		{"free, for a guest", 0, page, free, 200, both + `Order this ticket|name="price" value="42.5"|data-version="free-2"|<time datetime="2026-11-22T15:00:00Z">Nov 22, 2026, 15:00:00 UTC</time>`, ""},
		{"free, for a buyer", 2, page, free, 200, both + "Order this ticket|!Change it", ""},
		{"one's own", 1, page, free, 200, both + "Change it|!Order this ticket", ""},
		{"one's own, ordered", 1, page, held(nil), 200, both + "Reserved</span>|available again|!Sold|!Change it|!Order this ticket", ""},
		{"one's own, sold", 1, page, sold, 200, both + "Sold</span>|!eserved|!Change it|!available again", ""},
		{"sold, for a guest", 0, page, sold, 200, both + "Sold</span>|!eserved|!Order this ticket|Tell me when it is available again", ""},
		{"sold to another", 3, page, sold, 200, both + "Sold</span>|!eserved|!Order this ticket|!available again", ""},
		{"begun", 0, page, answers{"GET /api/tickets/3": begunTicket}, 200, both + `Over</span>|has begun|href="/?available=true"|!Order this ticket|!Available`, ""},
		{"one's own, begun", 1, page, answers{"GET /api/tickets/3": begunTicket}, 200, both + `Over</span>|You sell this ticket|Change it|Withdraw it|data-version="ownover-2"|data-spoken="The event has begun."|!Available|!available=true`, ""},
		{"withdrawn", 0, page, answers{"GET /api/tickets/3": withdrawnTicket}, 200, both + `Withdrawn</span>|no longer offered|href="/?available=true"|!Order this ticket|!Available`, ""},
		{"one's own, withdrawn", 1, page, answers{"GET /api/tickets/3": withdrawnTicket, "GET /api/orders/sales": sales()}, 200, both + `Withdrawn</span>|no longer offered|href="/tickets/mine">What you sell|!Change it|!Available|!available=true|!refunded|data-version="owngone-2"`, "GET /api/orders/sales?limit=1&ticketId=3"},
		{"one's own, withdrawn with a refund", 1, page, answers{"GET /api/tickets/3": withdrawnTicket, "GET /api/orders/sales": sales(going)}, 200, both + `Withdrawn</span>|refunded the buyer:|</data> goes back.|data-version="owngone-2-refunded-0"`, ""},
		{"one's own, withdrawn and refunded", 1, page, answers{"GET /api/tickets/3": withdrawnTicket, "GET /api/orders/sales": sales(gone)}, 200, both + `Withdrawn</span>|refunded the buyer:|</data> went back.|data-version="owngone-2-refunded-4250"`, ""},
		{"one's own, offered again", 1, page, answers{"GET /api/tickets/3": ticket, "GET /api/orders/sales": sales(gone)}, 200, both + "Change it|refunded the buyer", ""},
		{"one's own, sold and restored", 1, page, answers{"GET /api/tickets/3": ticket, "GET /api/orders/sales": sales(api.Sale{Status: event.OrderIsComplete})}, 200, both + "Change it|!refunded", ""},
		{"one's own, while orders is away", 1, page, answers{"GET /api/tickets/3": withdrawnTicket, "GET /api/orders/sales": apierror.Unavailable(nil)}, 200, both + "Withdrawn</span>|!refunded", ""},
		{"withdrawn by another, with a refund", 2, page, answers{"GET /api/tickets/3": withdrawnTicket}, 200, both + "Withdrawn</span>|!refunded", "GET /api/tickets/3"},
		{"reserved or sold, says an older version of tickets", 0, page, answers{"GET /api/tickets/3": ticketThat(func(t *event.Ticket) { t.OrderID, t.Status = new(int32(7)), "" })}, 200, both + "Reserved</span>|!Sold", ""},
		{"reserved, for a guest", 0, page, held(nil), 200, both + `Somebody has ordered this ticket|!Order this ticket|data-version="reserved-2"`, ""},
		{"reserved by another", 3, page, held(older), 200, both + "Somebody has ordered this ticket|!/orders/7|!when it is available", "GET /api/notifications/waiting/3"},
		{"reserved by oneself", 2, page, held([]event.Order{order7}), 200, both + `Reserved for you|href="/orders/7"`, ""},
		{"bought by oneself", 2, page, held([]event.Order{complete}), 200, both + `You have bought this ticket|href="/orders/7"`, ""},
		{"no orders of one's own", 2, page, held([]event.Order{}), 200, both + "Somebody has ordered this ticket", ""},
		{"not there", 0, page, answers{"GET /api/tickets/3": api.ErrNoSuchTicket}, 404, "There is nothing here", ""},
	})
}

func TestOffers(t *testing.T) {
	t.Parallel()
	offer := func(answer any) answers {
		return answers{"POST /api/tickets": answer, "PUT /api/tickets/3": answer, "GET /api/tickets/3": ticket}
	}
	const priceProblem, others, ordered = "Enter a price from 0.50", "This is somebody else&#39;s ticket", "Somebody has ordered this ticket"
	const withdrawn = `This ticket is withdrawn|href="/tickets/3"|!did not work`
	create, change := "POST /tickets/new", "POST /tickets/3/edit"
	play(t, nil, nil, []scene{
		{"empty form", 1, "GET /tickets/new", nil, 200, `List ticket|inputmode="decimal"|!problem`, ""},
		{"offered", 1, create + filled("title", "Cup final", "price", "$42,50"), offer(map[string]any{"ticket": ticket}), 0, "/tickets/3", `POST /api/tickets {"title":"Cup final","price":"42.50"}`},
		{"title", 1, create + filled("title", "", "price", "9"), offer(api.ErrInvalidTitle.On("title", "")), 400, `Enter a title of 1 to 255 characters.|value="9"|!Enter a price`, ""},
		{"price", 1, create + filled("title", "Cup", "price", "<free>"), offer(api.ErrInvalidPrice.On("price", "")), 400, priceProblem + `|value="Cup"|value="&lt;free&gt;"|!Enter a title|aria-describedby="price-hint price-problem"`, ""},
		{"form of one's own", 1, "GET /tickets/3/edit", offer(nil), 200, `value="Cup final"|value="42.5"|action="/tickets/3/edit"`, ""},
		{"form of another's", 2, "GET /tickets/3/edit", offer(nil), 403, others + "|!Cup final", ""},
		{"form of a held one", 1, "GET /tickets/3/edit", answers{"GET /api/tickets/3": heldTicket}, 403, ordered, ""},
		{"form of none", 1, "GET /tickets/3/edit", answers{"GET /api/tickets/3": api.ErrNoSuchTicket}, 404, "There is nothing here", ""},
		{"changed", 1, change + filled("title", "Cup", "price", "50"), offer(reply{}), 0, "/tickets/3", `PUT /api/tickets/3 {"title":"Cup","price":"50"}`},
		{"new price", 1, change + filled("title", "Cup", "price", "0"), offer(api.ErrInvalidPrice.On("price", "")), 400, priceProblem + `|value="0"`, ""},
		{"stale", 1, change + filled("title", "Cup", "price", "9", "shown", "old"), offer(nil), 409, `changed since this page was opened|value="Cup"|Stored now: Cup final|value="9"|Stored now: 42.5|name="shown" value="` + typedOf(ticket).sum(), "GET /api/tickets/3"},
		{"stale, and the same", 1, change + filled("title", "Cup final", "price", "42.5", "timeZone", "", "venue", "", "shown", "old"), offer(reply{}), 0, "/tickets/3", ""},
		{"of what is stored", 1, change + filled("title", "Cup", "price", "9", "shown", typedOf(ticket).sum()), offer(reply{}), 0, "/tickets/3", ""},
		{"stale, of another's", 2, change + filled("title", "Mine now", "price", "1", "shown", "old"), offer(notYours), 403, others, ""},
		{"refused, with what was shown", 1, change + filled("title", "Cup", "price", "0", "shown", typedOf(ticket).sum()), offer(api.ErrInvalidPrice.On("price", "")), 400, `name="shown" value="` + typedOf(ticket).sum(), ""},
		{"of another's", 2, change + filled("title", "Mine now", "price", "1"), offer(notYours), 403, others, ""},
		{"form of a withdrawn one", 1, "GET /tickets/3/edit", answers{"GET /api/tickets/3": withdrawnTicket}, 409, withdrawn, ""},
		{"withdrawn meanwhile", 1, change + filled("title", "Cup", "price", "1"), offer(api.ErrTicketWithdrawn), 409, withdrawn, ""},
		{"held meanwhile", 1, change + filled("title", "Cup", "price", "1"), offer(api.ErrTicketReserved), 403, ordered, ""},
	})
}

// TestTitlesAreText: nothing that people write becomes markup, on any page that shows it.
func TestTitlesAreText(t *testing.T) {
	t.Parallel()
	const evil, escaped = `"'><script>alert(1)</script><b onx=1>`, `&lt;script&gt;alert(1)&lt;/script&gt;`
	ticket, order := ticketThat(func(t *event.Ticket) { t.Title = evil }), orderThat(func(o *event.Order) { o.Ticket.Title = evil })
	v := visitSite(t, answers{
		"GET /api/tickets": []event.Ticket{ticket}, "GET /api/tickets/3": ticket, "GET /api/orders": []event.Order{order}, "GET /api/orders/7": order,
	}, nil).as(1)
	for _, path := range []string{
		"/", "/tickets/mine", "/tickets/3", "/tickets/3/state", "/tickets/3/edit", "/orders", "/orders/7", "/orders/7/state", "/orders/7/pay", "/?q=" + url.QueryEscape(evil),
	} {
		v.ask("GET "+path, nil).is(200, escaped, "!<script>alert", "!<b onx")
	}
	v.ask("GET /auth/signin?return="+url.QueryEscape("/"+evil), nil).is(200, "!<script>alert", "!<b onx")
}
