package bench

import (
	"fmt"
	"net/http"
	"strings"
)

// row is how a row is measured.
type row struct {
	Row
	ours  func(*lab) (Figure, error)
	floor func(*lab) (Figure, error) // nil: none
}

const (
	columns = `id, title, price, user_id, order_id, version, created_at, updated_at`
	msCPU   = "ms CPU"
)

// requestRows are loads of requests, on any way to run.
func requestRows() []row {
	list := func(name, path, query string, each func(i int) string, reference Figure, whole, unchanged Goal) []row {
		floor := func(query string) func(*lab) (Figure, error) {
			return func(l *lab) (Figure, error) {
				body, _, err := l.answer("tickets", path, "")
				if err != nil {
					return Figure{}, err
				}
				return l.bare("tickets", query, body)
			}
		}
		return []row{
			{
				Row{Name: name, Unit: msCPU, Reference: reference, FloorName: "net/http, the query, the bytes", Goals: []Goal{whole}},
				func(l *lab) (Figure, error) { return l.get("tickets", path, "", http.StatusOK) }, floor(query),
			},
			{ // requests for the same may share what they cost
				Row{Name: name + ", each another", Unit: msCPU, Reference: reference, FloorName: "net/http, the query, the bytes", Goals: []Goal{whole}},
				func(l *lab) (Figure, error) { return l.getEach("tickets", each) }, floor(query),
			},
			{
				Row{Name: name + ", nothing changed", Unit: msCPU, FloorName: "net/http, no query, no bytes", Goals: []Goal{unchanged}},
				func(l *lab) (Figure, error) { return l.unchanged("tickets", path, "") },
				func(l *lab) (Figure, error) { return l.bare("tickets", "", "") },
			},
		}
	}
	page := func(limit int) func(i int) string { // below a ticket that is not there yet: the newest
		return func(i int) string { return fmt.Sprintf("/api/tickets?limit=%d&after=%d", limit, 1_000_000_000+i%900) }
	}
	rows := list("list of 20", "/api/tickets?limit=20", `SELECT `+columns+` FROM tickets ORDER BY id DESC LIMIT 20`, page(20), Figure{Value: .68, Rate: 1670}, AtMost(.12), AtMost(.03))
	rows = append(rows, list("list of 1000", "/api/tickets?limit=1000", `SELECT `+columns+` FROM tickets ORDER BY id DESC LIMIT 1000`, page(1000), Figure{Value: 12.7}, AtMost(1.3), AtMost(.03))...)
	rows = append(rows, list("one ticket", "/api/tickets/1", `SELECT `+columns+` FROM tickets WHERE id = 1`, func(i int) string { return fmt.Sprint("/api/tickets/", 1+i%900) }, Figure{Value: .50, Rate: 2375}, AtMost(.068), AtMost(.02))...)
	return append(rows,
		row{
			Row{Name: "create ticket, all it causes", Unit: msCPU, Reference: Figure{Value: 5.1, Rate: 347}, FloorName: "pgbench", Goals: []Goal{AtMost(.50), RateOfFloor(.35)}},
			(*lab).createTickets, func(l *lab) (Figure, error) { return l.pgbench("tickets", transaction(insertTicket, insertEvent)) },
		},
		row{
			Row{Name: "create order, all it causes", Unit: msCPU, Reference: Figure{Value: 18.1, Rate: 103}, FloorName: "pgbench", Goals: []Goal{AtMost(1.6), RateOfFloor(.25)}},
			(*lab).createOrders, func(l *lab) (Figure, error) { return l.pgbench("orders", transaction(insertOrder, insertEvent)) },
		},
		row{
			Row{Name: "10,000 buyers of one ticket", Unit: msCPU, Reference: Figure{Value: 2.3, Rate: 451, Note: "oversold"}, Goals: []Goal{AtMost(.15)}},
			(*lab).rush, nil,
		})
}

// oldRow comes after all other loads of requests, which it would slow down if anything grew with the orders.
func oldRow() row {
	return row{
		Row{Name: "create order, 1,000,000 old orders", Unit: msCPU, Reference: Figure{Value: 273, Rate: 6}, Goals: []Goal{OverRow("create order, all it causes", 1.05)}},
		func(l *lab) (Figure, error) {
			if err := l.oldOrders(l.scale); err != nil {
				return Figure{}, err
			}
			return l.createOrders()
		}, nil,
	}
}

// floorRows are floors alone.
func floorRows() []row {
	bench := func(name, service, script string) row {
		return row{Row{Name: name, Unit: msCPU}, func(l *lab) (Figure, error) { return l.pgbench(service, script) }, nil}
	}
	return []row{
		bench("floor: ticket and event, with NOTIFY", "tickets", transaction(insertTicket, insertEvent, notify)),
		bench("floor: ticket and event, one statement", "tickets", "WITH t AS ("+strings.TrimSuffix(insertTicket, ";")+") "+insertEvent+"\n"),
		bench("floor: order and event, with NOTIFY", "orders", transaction(insertOrder, insertEvent, notify)),
	}
}
