package simulation

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

// overWithin is how soon a service that knows of the end of sessions refuses them.
const overWithin = 2 * time.Second

// heard is which sessions of a person a service knows to have ended, and since when.
type heard struct {
	generation int32
	at         time.Time
}

// signOut ends all sessions of a person, who signs in again. Auth, which is not simulated, announces it.
func (w *world) signOut(s step) *task {
	who := 1 + s.Who%3
	w.generations[who]++
	generation := w.generations[who]
	w.put(functiontest.Event(w.t, event.AuthSessionsEnded, event.SessionsEnded{
		UserID: int32(who), Generation: generation, ExpiresAt: timestamp.Of(time.Now().Add(24 * time.Hour)),
	}), func(service string) {
		if key := fmt.Sprint(service, who); w.heard[key].generation < generation {
			w.heard[key] = heard{generation, time.Now()}
		}
	})
	w.tell("%s ends all sessions, and signs in again", people[who])
	return nil
}

// steal is someone who holds a cookie of a session that has ended.
func (w *world) steal(s step) *task {
	who := 1 + s.Who/2%3
	if w.generations[who] == 0 {
		return nil
	}
	service, method, path, body := "orders", "GET", "/api/orders", ""
	switch s.What % 3 {
	case 0:
		service, path = "payments", "/api/payments/orders/1"
	case 1:
		service, method, path, body = "tickets", "POST", "/api/tickets", `{"title":"Opera","price":"42.50"}`
	}
	known, began := w.heard[fmt.Sprint(service, who)], time.Now()
	return w.call(w.process(service, s.Who), "a stolen cookie of "+people[who]+" asks "+service, s.fault(),
		signed(who, w.generations[who]-1, method, path, body), func(status int, _ []byte) {
			if known.generation == w.generations[who] && began.Sub(known.at) >= overWithin && status != http.StatusUnauthorized && status != http.StatusServiceUnavailable {
				w.violate("a session of %s that has ended is served by %s: %d", people[who], service, status)
			}
		})
}
