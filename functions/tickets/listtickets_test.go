package tickets_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

var next = regexp.MustCompile(`^<(.+)>; rel="next"$`)

// titles follows the pages from target on.
func titles(t *testing.T, run *functiontest.Run, target string) (all []string, pages int) {
	t.Helper()
	for range 20 {
		a := run.Call(0, "GET", target, "")
		for _, ticket := range functiontest.Parse[[]event.Ticket](t, a, 200) {
			all = append(all, ticket.Title)
		}
		pages++
		match := next.FindStringSubmatch(a.Header.Get("Link"))
		if match == nil {
			return all, pages
		}
		target = match[1]
	}
	t.Fatal("the pages do not end")
	return nil, 0
}

func TestListTickets(t *testing.T) {
	t.Parallel()
	run := start(t)
	if a := run.Call(0, "GET", "/api/tickets", ""); a.Body != "[]" || a.Header.Get("Link") != "" {
		t.Errorf("nothing yet: %s", a.Body)
	}
	held := create(t, run, "Opera in Rome")
	for _, title := range []string{"opera 100%", "Rock_and_roll", `C:\opera`, "Été à Rome"} {
		create(t, run, title)
	}
	if a := run.Call(stranger, "POST", "/api/tickets", offer("Ballet", "3")); a.Status != 201 {
		t.Fatal(a.Body)
	}
	deliver(t, run, order(1, held.ID, 0, event.OrderIsCreated))
	all := []string{"Ballet", "Été à Rome", `C:\opera`, "Rock_and_roll", "opera 100%", "Opera in Rome"}
	for query, c := range map[string]struct {
		want  []string
		pages int
	}{
		"":                            {all, 1},
		"limit=6":                     {all, 1},
		"limit=5":                     {all, 2},
		"limit=1":                     {all, 6},
		"limit=2":                     {all, 3},
		"after=3":                     {all[4:], 1},
		"after=1":                     {nil, 1},
		"limit=1&q=opera":             {[]string{all[2], all[4], all[5]}, 3},
		"q=OPERA+rome":                {all[5:], 1},
		"q=rome":                      {[]string{all[1], all[5]}, 1},
		"q=%25":                       {all[4:5], 1},
		"q=_":                         {all[3:4], 1},
		"q=o_e":                       {nil, 1},
		"q=%5C":                       {all[2:3], 1},
		"q=%C3%89t%C3%A9":             {all[1:2], 1},
		"q=+":                         {all, 1},
		"q='%3B--":                    {nil, 1},
		"available=true":              {all[:5], 1},
		"available=false":             {all, 1},
		"userId=8":                    {all[:1], 1},
		"userId=9":                    {nil, 1},
		"userId=7&available=true":     {all[1:5], 1},
		"userId=7&limit=2&q=o&after=": {[]string{all[1], all[2], all[3], all[4], all[5]}, 3},
	} {
		if got, pages := titles(t, run, "/api/tickets?"+query); !slices.Equal(got, c.want) || pages != c.pages {
			t.Errorf("%s: %q on %d pages, want %q on %d", query, got, pages, c.want, c.pages)
		}
	}
	for _, query := range []string{
		"limit=0", "limit=1001", "limit=x", "after=0", "after=x", "available=yes", "userId=0", "userId=x", "userId=2147483648",
		"q=%00", "q=%ff", "q=%zz", "q=" + url.QueryEscape(strings.Repeat("x", 1001)),
	} {
		functiontest.Refused(t, query, run.Call(0, "GET", "/api/tickets?"+query, ""), 400, "Invalid query.")
	}
}

func TestGetTicket(t *testing.T) {
	t.Parallel()
	run := start(t)
	ticket := create(t, run, "Opera")
	if got := get(t, run, ticket.ID); !same(got, ticket) {
		t.Errorf("%+v, want %+v", got, ticket)
	}
	for target, c := range map[string]struct {
		status  int
		message string
	}{
		"/api/tickets/2":          {404, "Ticket not found."},
		"/api/tickets/x":          {400, "Invalid id."},
		"/api/tickets/0":          {400, "Invalid id."},
		"/api/tickets/2147483648": {400, "Invalid id."},
		"/api/tickets/1/more":     {404, "Not Found."},
		"/api/tickets/":           {404, "Not Found."},
		"/":                       {404, "Not Found."},
		"/env":                    {404, "Not Found."},
	} {
		functiontest.Refused(t, target, run.Call(0, "GET", target, ""), c.status, c.message)
	}
	functiontest.Refused(t, "DELETE", run.Call(seller, "DELETE", path(ticket.ID), ""), 404, "Not Found.")
}
