package api

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
)

// A key goes with what makes something, and with nothing else.
func TestKey(t *testing.T) {
	t.Parallel()
	var got []string
	s := open(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Method+" "+r.Header.Get("Idempotency-Key"))
		_, _ = w.Write([]byte(`{}`))
	})
	ctx := WithKey(t.Context(), "k")
	_, _ = s.OfferTicket(ctx, Offer{})
	_, _ = s.Ticket(ctx, 3)
	_, _ = s.OfferTicket(t.Context(), Offer{})
	if len(got) != 3 || got[0] != "POST k" || got[1] != "GET " || got[2] != "POST " {
		t.Errorf("%q", got)
	}
}

// TestKeyInUse: what is sent again while the first is under way gets the answer of the first, if that comes within the call's time.
func TestKeyInUse(t *testing.T) {
	t.Parallel()
	for calls, c := range map[int]struct {
		after time.Duration
		want  error
	}{2: {time.Second, nil}, 1: {time.Hour, ErrKeyInUse}} {
		got := 0
		s := open(t, func(w http.ResponseWriter, r *http.Request) {
			if got++; got == 1 {
				apierror.Write(w, ErrKeyInUse.After(c.after))
				return
			}
			_, _ = w.Write([]byte(`{"ticket":{"id":3}}`))
		})
		ticket, err := s.OfferTicket(WithKey(t.Context(), "k"), Offer{Title: "Cup"})
		if got != calls || !errors.Is(err, c.want) || err == nil && ticket.ID != 3 {
			t.Errorf("after %v: %d calls, %v, %v", c.after, got, ticket.ID, err)
		}
	}
}
