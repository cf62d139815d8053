package client

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/money"
	"github.com/gittix/ticketing/shared/timestamp"
)

// What a seller can do with a ticket that is offered or sold, and what others cannot.
func TestWithdrawAndRefund(t *testing.T) {
	t.Parallel()
	of := func(t event.Ticket) answers { return answers{"GET /api/tickets/3": t} }
	withdraw := func(t event.Ticket, answer any) answers {
		return answers{"GET /api/tickets/3": t, "DELETE /api/tickets/3": answer, "POST /api/orders/7/refund": answer}
	}
	done := map[string]any{"order": order7, "ticket": ticket}
	refunded := answers{"GET /api/tickets/3": soldTicket, "POST /api/orders/7/refund": done}
	const offer, sale = "/tickets/3/withdraw", "/tickets/3/refund"
	play(t, nil, nil, []scene{
		{"asked", 1, "GET " + offer, of(ticket), 200, `Withdraw this ticket?|Cup final|action="/tickets/3/withdraw"|href="/tickets/3"`, ""},
		{"withdrawn", 1, "POST " + offer, withdraw(ticket, done), 0, "/tickets/3", "DELETE /api/tickets/3"},
		{"ordered meanwhile", 1, "POST " + offer, withdraw(ticket, api.ErrTicketReserved), 403, "Somebody has ordered this ticket", ""},
		{"nothing to withdraw", 1, "GET " + offer, of(heldTicket), 0, "/tickets/3", ""},
		{"another's", 2, "GET " + offer, of(ticket), 403, "somebody else", ""},
		{"nobody's", 0, "GET " + offer, of(ticket), 0, "/auth/signin?return=%2Ftickets%2F3%2Fwithdraw", ""},
		{"a refund asked", 1, "GET " + sale, of(soldTicket), 200, `Refund this ticket?|$42.50|name="again"|action="/tickets/3/refund"|!checked`, ""},
		{"nothing to refund", 1, "GET " + sale, of(heldTicket), 0, "/tickets/3", ""},
		{"another's sale", 2, "POST " + sale, of(soldTicket), 403, "somebody else", "GET /api/tickets/3"},
		{"refunded, for good", 1, "POST " + sale + " order=7", refunded, 0, "/tickets/3", "POST /api/orders/7/refund?withdraw=true"},
		{"refunded, to sell it again", 1, "POST " + sale + " again=true&order=7", refunded, 0, "/tickets/3", "POST /api/orders/7/refund?withdraw=false"},
		{"money has moved", 1, "POST " + sale + " again=true&order=7", answers{"GET /api/tickets/3": soldTicket, "POST /api/orders/7/refund": api.ErrNotRefundable}, 409, "This sale cannot be refunded|has gone back already or is on its way|bank asks for it", ""},
		{"begun", 1, "GET " + sale, of(ticketThat(func(t *event.Ticket) {
			t.OrderID, t.Status, t.StartsAt = new(int32(7)), event.TicketIsSold, &t.CreatedAt
		})), 409, "too late|The event has begun", ""},
		{"begun meanwhile", 1, "POST " + sale + " again=true&order=7", answers{"GET /api/tickets/3": soldTicket, "POST /api/orders/7/refund": api.ErrBegun}, 409, "too late|The event has begun", ""},
		{"sold again since", 1, "POST " + sale + " order=6", of(soldTicket), 409, `This is another sale by now|Nothing was refunded just now|href="/tickets/3"`, "GET /api/tickets/3"},
		{"another order meanwhile", 1, "POST " + sale + " order=6", of(heldTicket), 409, "This is another sale by now", "GET /api/tickets/3"},
		{"sent twice", 1, "POST " + sale + " order=7", of(ticket), 0, "/tickets/3", "GET /api/tickets/3"},
		{"sent twice, to sell it again", 1, "POST " + sale + " order=7", of(withdrawnTicket), 0, "/tickets/3", "GET /api/tickets/3"},
	})
}

func TestSelling(t *testing.T) {
	t.Parallel()
	numbers := map[string]any{"reserved": 1, "sold": 3, "returned": 2, "earned": 127.5, "refunded": 85, "weeks": []any{map[string]any{"monday": "2026-11-16T00:00:00.000Z", "sold": 3, "earned": 127.5}}}
	sale := func(id int32, title string, status event.OrderStatus) map[string]any {
		return map[string]any{"orderId": id, "ticketId": 3, "title": title, "price": 42.5, "refunded": 0, "status": status, "soldAt": timestamp.Of(now)}
	}
	common := answers{"GET /api/tickets": []event.Ticket{soldTicket}, "GET /api/orders/sales/summary": numbers}
	play(t, nil, common, []scene{
		{"numbers", 1, "GET /tickets/mine", nil, 200, `<dd>1</dd>|<dd>3</dd>|$127.50|$85.00|Nov 16, 2026: 3 sold|href="/tickets/mine/sales.csv"`, ""},
		{"nothing sold", 1, "GET /tickets/mine", answers{"GET /api/orders/sales/summary": map[string]any{"weeks": []any{}}}, 200, `!<svg|!sales.csv`, ""},
	})
	v := visitSite(t, answers{"GET /api/orders/sales": []map[string]any{sale(9, `=2+2`, event.OrderIsComplete), sale(8, `"Opera", in Rome`, event.OrderIsCancelled)}}, nil).as(1)
	s := v.ask("GET /tickets/mine/sales.csv", nil)
	want := "order,ticket,title,price,refunded,status,sold at\n9,3,'=2+2,42.50,0.00,sold,2026-11-22T15:00:00Z\n8,3,\"\"\"Opera\"\", in Rome\",42.50,0.00,refunded,2026-11-22T15:00:00Z\n"
	if s.body != want || s.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%s %s", s.Header.Get("Content-Type"), s.body)
	}
}

// A file of sales that is too long for one answer says where the next one is, also on Lambda, whose answers have 6 MiB of JSON. It is a table to its
// last line.
func TestSalesFileOfMany(t *testing.T) {
	t.Parallel()
	for _, letter := range []string{`"`, `\`, "<", "W", "🎫"} {
		sales := make([]map[string]any, 1000)
		for i := range sales {
			sales[i] = map[string]any{"orderId": 5000 - i, "ticketId": 3, "title": strings.Repeat(letter, 255), "price": 42.5, "refunded": 0, "status": event.OrderIsComplete, "soldAt": timestamp.Of(now)}
		}
		asked := make(turns, 20)
		for i := range asked {
			asked[i] = more(fmt.Sprint("/api/orders/sales?after=", 4000-i), sales)
		}
		v := visitSite(t, answers{"GET /api/orders/sales": asked}, nil).as(1)
		s := v.ask("GET /tickets/mine/sales.csv?after=9000", nil)
		var text bytes.Buffer
		encoder := json.NewEncoder(&text) // as adapters/lambda writes answers
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(s.body); err != nil || text.Len() > 6_200_000 || text.Len() < 5_000_000 {
			t.Errorf("%s: %d bytes of JSON, %v", letter, text.Len(), err)
		}
		lines, err := csv.NewReader(strings.NewReader(s.body)).ReadAll()
		if err != nil || len(lines)%1000 != 2 {
			t.Errorf("%s: %d lines, %v", letter, len(lines), err)
			continue
		}
		last := lines[len(lines)-1]
		if want := fmt.Sprint("/tickets/mine/sales.csv?after=", 4001-len(lines)/1000); last[0] != "" || !strings.HasPrefix(last[2], "Older sales are in another file: http") || !strings.HasSuffix(last[2], want) {
			t.Errorf("%s: %q, want …%s", letter, last, want)
		}
		if first := v.services.sent[0]; !strings.Contains(first, "after=9000") {
			t.Errorf("%s: the file begins elsewhere: %s", letter, first)
		}
	}
}

// The chart has each of twelve weeks, the last one is that of now, and the best one is as high as it can be.
func TestChart(t *testing.T) {
	t.Parallel()
	of := func(month time.Month, day int, cents money.Cents) api.Week {
		return api.Week{Monday: timestamp.Of(time.Date(2026, month, day, 0, 0, 0, 0, time.UTC)), Earned: cents}
	}
	bars := chart([]api.Week{of(9, 7, 50), of(11, 16, 200)}, now)
	var heights []int
	for _, b := range bars {
		heights = append(heights, b.Height)
	}
	if !slices.Equal(heights, []int{0, 25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100}) {
		t.Errorf("%v", heights)
	}
	if chart(nil, now) != nil {
		t.Error("a chart of nothing")
	}
}
