package stress

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
)

// fake is a system small enough to be broken in one place at a time.
type fake struct {
	oversells bool   // every buyer gets the ticket
	refuses   bool   // no buyer gets it
	fails     bool   // orders answers 500
	stuck     bool   // no event ever comes through
	loses     int    // ticket whose last change never reaches its copy; 0 = none
	asked     func() // called when the seller asks whether the events have come through; nil: nothing

	mu       sync.Mutex
	versions []int // of tickets, by id-1
	copies   []int
	held     map[int]bool
	orders   []int // their tickets, by id-1
}

func (f *fake) start(t *testing.T) string {
	t.Helper()
	f.held = map[int]bool{}
	mux := http.NewServeMux()
	for pattern, handle := range map[string]func(*http.Request) (int, string){
		"POST /api/users/signup": f.signUp,
		"POST /api/tickets":      f.offer,
		"PUT /api/tickets/{id}":  f.change,
		"POST /api/orders":       f.order,
		"PATCH /api/orders/{id}": f.cancel,
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			f.mu.Lock()
			defer f.mu.Unlock()
			status, body := handle(r)
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func (f *fake) signUp(*http.Request) (int, string) { return http.StatusCreated, `{}` }

func (f *fake) offer(*http.Request) (int, string) {
	f.versions = append(f.versions, 0)
	f.copies = append(f.copies, 0)
	return http.StatusCreated, f.ticket(len(f.versions))
}

func (f *fake) change(r *http.Request) (int, string) {
	id, _ := strconv.Atoi(r.PathValue("id"))
	f.versions[id-1]++
	if id != f.loses || f.versions[id-1] < changes {
		f.copies[id-1] = f.versions[id-1]
	}
	return http.StatusOK, f.ticket(id)
}

func (f *fake) ticket(id int) string {
	return fmt.Sprintf(`{"ticket":{"id":%d,"price":1,"version":%d}}`, id, f.versions[id-1])
}

func (f *fake) order(r *http.Request) (int, string) {
	var body struct{ TicketID int }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return http.StatusInternalServerError, err.Error()
	}
	last := body.TicketID == len(f.versions) // the seller asks for it, to see the events come through
	contention := len(f.orders) >= len(f.versions)-1
	switch {
	case f.stuck:
		return http.StatusBadRequest, `{"message":"Ticket not found."}`
	case last:
		if f.asked != nil {
			f.asked()
		}
		return http.StatusBadRequest, `{"message":"You cannot order your own ticket."}`
	case f.fails:
		return http.StatusInternalServerError, `{}`
	case f.held[body.TicketID] && !f.oversells, contention && f.refuses:
		return http.StatusBadRequest, `{"message":"Ticket is already reserved."}`
	}
	f.held[body.TicketID] = true
	f.orders = append(f.orders, body.TicketID)
	return http.StatusCreated, fmt.Sprintf(`{"order":{"id":%d,"ticket":{"version":%d}}}`, len(f.orders), f.copies[body.TicketID-1])
}

func (f *fake) cancel(r *http.Request) (int, string) {
	id, _ := strconv.Atoi(r.PathValue("id"))
	delete(f.held, f.orders[id-1])
	return http.StatusOK, `{}`
}
