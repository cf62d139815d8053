package gateway_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions/payments/gateway"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/event"
)

// post is what is done at Stripe by others than us: in the dashboard, or by a bank.
func post(ctx context.Context, t *testing.T, sandbox *stripeserver.Sandbox, path string, form url.Values) string {
	t.Helper()
	r := httptest.NewRequestWithContext(ctx, "POST", path, strings.NewReader(form.Encode()))
	r.Header = http.Header{"Authorization": {"Bearer " + secretKey}, "Content-Type": {"application/x-www-form-urlencoded"}}
	w := httptest.NewRecorder()
	if sandbox.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	_, id, _ := strings.Cut(w.Body.String(), `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	return id
}

// changed are the intents that have changed since, sorted by id.
func changed(g *gateway.Gateway, since time.Time, untilNowAnd time.Duration) (ids []string, err error) {
	until, last := time.Now().Add(untilNowAnd), ""
	for more := true; more && err == nil; more = last != "" {
		var page []string
		page, last, err = g.ReversedBetween(context.Background(), since, until, last)
		ids = append(ids, page...)
	}
	slices.Sort(ids)
	return slices.Compact(ids), err
}

func TestReversals(t *testing.T) {
	t.Parallel()
	sandbox, g := openSandbox(t, stripeserver.Config{})
	ctx := t.Context()
	began := time.Now()
	charge := func(key, token string) gateway.Intent {
		prepared := prepareAs(t, g, key, token)
		paid, err := g.Confirm(ctx, key, prepared.ID)
		if err != nil {
			t.Fatal(err)
		}
		return paid
	}
	want := func(what string, intent gateway.Intent, want gateway.Reversals) {
		t.Helper()
		if got, err := g.FindReversals(ctx, intent.ID); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", what, got, err, want)
		}
	}
	do := func(path, outcome string) string {
		return post(ctx, t, sandbox, "/v1/test_helpers/"+path, url.Values{"outcome": {outcome}})
	}

	plain := charge("a", "tok_visa")
	want("charged", plain, gateway.Reversals{})
	post(ctx, t, sandbox, "/v1/refunds", url.Values{"payment_intent": {plain.ID}, "amount": {"1000"}})
	want("refunded in part", plain, gateway.Reversals{RefundedCents: 1000})
	if sent, err := g.Refund(ctx, "a", plain.ID); err != nil || sent.RefundedCents != price-1000 { // the rest
		t.Fatal(sent, err)
	}
	want("refunded", plain, gateway.Reversals{RefundedCents: price})

	slow := charge("b", "tok_pendingRefund")
	back := post(ctx, t, sandbox, "/v1/refunds", url.Values{"payment_intent": {slow.ID}})
	want("accepted", slow, gateway.Reversals{PendingCents: price})
	do("refunds/"+back+"/settle", "fail")
	want("failed", slow, gateway.Reversals{Failed: true})
	back = post(ctx, t, sandbox, "/v1/refunds", url.Values{"payment_intent": {slow.ID}})
	do("refunds/"+back+"/settle", "succeed")
	want("arrived", slow, gateway.Reversals{RefundedCents: price})

	lost := charge("c", "tok_visa")
	dispute := do("charges/"+lost.ChargeID+"/dispute", "")
	want("disputed", lost, gateway.Reversals{Dispute: event.DisputeOpen})
	do("disputes/"+dispute+"/close", "lose")
	want("lost", lost, gateway.Reversals{LostCents: price, Dispute: event.DisputeLost})

	ids, err := changed(g, began, time.Minute)
	if all := slices.Sorted(slices.Values([]string{plain.ID, slow.ID, lost.ID})); err != nil || !slices.Equal(ids, all) {
		t.Errorf("changed: %q, %v; want %q", ids, err, all)
	}
	if ids, err := changed(g, began.Add(-time.Hour), -time.Minute); err != nil || len(ids) != 0 {
		t.Errorf("changed before: %q, %v", ids, err)
	}
}

// More than one page.
func TestManyReversals(t *testing.T) {
	t.Parallel()
	sandbox, g := openSandbox(t, stripeserver.Config{})
	paid := prepare(t, g, "tok_visa")
	if _, err := g.Confirm(t.Context(), "attempt", paid.ID); err != nil {
		t.Fatal(err)
	}
	for range 120 {
		post(t.Context(), t, sandbox, "/v1/refunds", url.Values{"payment_intent": {paid.ID}, "amount": {"10"}})
	}
	if got, err := g.FindReversals(t.Context(), paid.ID); err != nil || got.RefundedCents != 1200 {
		t.Errorf("%+v, %v", got, err)
	}
	ids, err := changed(g, time.Now().Add(-time.Hour), time.Minute)
	if err != nil || !slices.Equal(ids, []string{paid.ID}) {
		t.Errorf("%q, %v", ids, err)
	}
}
