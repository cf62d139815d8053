package gateway_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// Pages follow each other to the last, and what is of no order is left out.
func TestAttemptsSince(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"": `{"object":"list","has_more":true,"data":[
			{"id":"pi_4","object":"payment_intent","status":"succeeded","amount":1000,"latest_charge":"ch_4","metadata":{"order_id":"4","payment_id":"40"}},
			{"id":"pi_3","object":"payment_intent","status":"succeeded","amount":1000,"metadata":{"invoice":"7"}}]}`,
		"pi_3": `{"object":"list","has_more":false,"data":[
			{"id":"pi_2","object":"payment_intent","status":"requires_action","amount":1000,"metadata":{"order_id":"2","payment_id":"20"}},
			{"id":"pi_1","object":"payment_intent","status":"canceled","amount":1000,"metadata":{"order_id":"x","payment_id":"-1"}}]}`,
	}
	g := at(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, pages[r.URL.Query().Get("starting_after")])
	})
	var got []string
	for next, more := "", true; more; more = next != "" {
		found, after, err := g.AttemptsSince(t.Context(), time.Unix(1000, 0), next)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range found {
			got = append(got, fmt.Sprint(a.ID, " ", a.OrderID, " ", a.PaymentID, " ", a.Status, " ", a.ChargeID))
		}
		next = after
	}
	if want := []string{"pi_4 4 40 succeeded ch_4", "pi_2 2 20 requires_action "}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
