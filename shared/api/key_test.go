package api

import (
	"net/http"
	"testing"
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
