package stress

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

// fake is a system small enough to be broken in one place at a time.
type fake struct {
	oversells bool   // every buyer gets the ticket
	refuses   bool   // no buyer gets it
	fails     bool   // orders answers 500
	stuck     bool   // no event ever comes through
	full      int    // so many sign-ups find no place
	loses     int    // ticket whose last change never reaches its copy; 0: none
	asked     func() // called when the seller asks whether the events have come through; nil: nothing

	mu     sync.Mutex
	seen   []int // versions of tickets, by id-1
	copies []int
	held   map[int]bool
	orders []int // their tickets, by id-1
}

type object = map[string]any

func (f *fake) start(t *testing.T) string {
	t.Helper()
	f.held = map[int]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		reply, err := f.answer(r)
		if err != nil {
			apierror.Write(w, err)
			return
		}
		_ = json.NewEncoder(w).Encode(reply) // a client that is gone needs none
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func (f *fake) answer(r *http.Request) (object, error) {
	var id int
	_, _ = fmt.Sscanf(r.URL.Path, "/api/tickets/%d", &id) // or an order's, below
	switch r.Method + " " + r.URL.Path {
	case "POST /api/users/signup":
		if f.full--; f.full >= 0 {
			return nil, apierror.New(http.StatusServiceUnavailable, "Service unavailable.")
		}
		return object{}, nil
	case "POST /api/tickets":
		f.seen, f.copies = append(f.seen, 0), append(f.copies, 0)
		id = len(f.seen)
	case "POST /api/orders":
		return f.order(r)
	default:
		if r.Method == http.MethodPatch {
			_, _ = fmt.Sscanf(r.URL.Path, "/api/orders/%d", &id)
			delete(f.held, f.orders[id-1])
			return object{}, nil
		}
		if f.seen[id-1]++; id != f.loses || f.seen[id-1] < changes {
			f.copies[id-1] = f.seen[id-1]
		}
	}
	return object{"ticket": object{"id": id, "price": 1, "version": f.seen[id-1]}}, nil
}

func (f *fake) order(r *http.Request) (object, error) {
	var body struct{ TicketID int }
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		return nil, err
	}
	contention := len(f.orders) >= len(f.seen)-1
	switch {
	case f.stuck:
		return nil, api.ErrTicketUnknown
	case body.TicketID == len(f.seen): // the seller asks for the last one
		if f.asked != nil {
			f.asked()
		}
		return nil, api.ErrOwnTicket
	case f.fails:
		return nil, errors.New("broken")
	case f.held[body.TicketID] && !f.oversells, contention && f.refuses:
		return nil, api.ErrTicketTaken
	}
	f.held[body.TicketID] = true
	f.orders = append(f.orders, body.TicketID)
	return object{"order": object{"id": len(f.orders), "ticket": object{"version": f.copies[body.TicketID-1]}}}, nil
}
