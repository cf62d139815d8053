package local_test

import (
	"errors"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestSystem is what a system must do on any bus. The tests run one after another on one system: some count what it
// does. In the end every invariant must hold.
func TestSystem(t *testing.T) {
	t.Parallel()
	for name, newBus := range systemtest.Buses {
		t.Run("on "+name, func(t *testing.T) {
			t.Parallel()
			s := systemtest.Local(t, newBus, nil)
			for name, test := range map[string]func(*testing.T, *systemtest.System){
				"purchase": testPurchase, "cancellation": testCancellation,
				"late payment":              testLatePayment,
				"many buyers of one ticket": testManyBuyers, "many payments of one order": testManyPayments,
				"many changes of one ticket": testManyChanges,
				"ended sessions":             testEndedSessions, "tokens": testTokens,
				"bad input": testBadInput, "refusals": testRefusals, "documented requests": testDocumented, "doors": testDoors,
			} {
				t.Run(name, func(t *testing.T) { test(t, s) })
			}
			s.AwaitSound(t)
		})
		t.Run("expiry on "+name, func(t *testing.T) {
			t.Parallel()
			s := systemtest.Local(t, newBus, config.Values{"EXPIRATION_ORDER_MINUTES": "0.02"})
			buyer := s.User(t)
			first := s.Expiry(t, buyer)
			if _, err := buyer.ExtendOrder(t.Context(), first.ID); !errors.Is(err, api.ErrNotExtendable) {
				t.Errorf("extended after its time: %v", err)
			}
			second, err := buyer.PlaceOrder(t.Context(), first.TicketID)
			if err != nil {
				t.Fatalf("the ticket is free, and cannot be ordered: %v", err)
			}
			longer, err := buyer.ExtendOrder(t.Context(), second.ID)
			if err != nil {
				t.Fatal(err)
			}
			if ended := s.AwaitOrder(t, buyer, second.ID, systemtest.Cancelled); ended.UpdatedAt.Before(longer.ExpiresAt.Time) {
				t.Errorf("extended to %v, and cancelled at %v", longer.ExpiresAt, ended.UpdatedAt)
			}
			s.AwaitRest(t)
		})
	}
}

func testPurchase(t *testing.T, s *systemtest.System) {
	ctx := t.Context()
	buyer := s.Visitor()
	if err := buyer.SignUp(ctx); err != nil {
		t.Fatal(err)
	}
	if claims, err := buyer.CurrentUser(ctx); err != nil || claims == nil || claims.Subject != buyer.Credentials.Email {
		t.Fatalf("signed up, and is %v, %v", claims, err)
	}
	order := s.Purchase(t, buyer, func() {})
	chargedOnce(t, s, order, 4250)
	if _, err := buyer.CancelOrder(ctx, order.ID); !errors.Is(err, api.ErrOrderComplete) {
		t.Errorf("a paid order is cancelled: %v", err)
	}
	if _, err := s.User(t).Order(ctx, order.ID); !errors.Is(err, api.ErrNotYoursToView) {
		t.Errorf("seen by someone else: %v", err)
	}
	if err := buyer.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	if claims, err := buyer.CurrentUser(ctx); err != nil || claims != nil {
		t.Errorf("signed out, and is %v, %v", claims, err)
	}
	if _, err := buyer.Order(ctx, order.ID); !errors.Is(err, apierror.ErrNotAuthorized) {
		t.Errorf("seen after signing out: %v", err)
	}
}

func testCancellation(t *testing.T, s *systemtest.System) {
	ctx := t.Context()
	seller, buyer, other := s.User(t), s.User(t), s.User(t)
	ticket := s.Offer(t, seller, "La Traviata", "5")
	order, err := buyer.PlaceOrder(ctx, ticket.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.AwaitHolder(t, ticket.ID, order.ID)
	if _, err := seller.ChangeTicket(ctx, ticket.ID, api.Offer{Title: "dearer", Price: "99"}); !errors.Is(err, api.ErrTicketReserved) {
		t.Errorf("the price changes after the order: %v", err)
	}
	first, err := buyer.CancelOrder(ctx, order.ID)
	if err != nil || !systemtest.Cancelled(first) {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := buyer.CancelOrder(ctx, order.ID); err != nil || again.Version != first.Version {
		t.Errorf("cancelled again: %+v, %v", again, err)
	}
	s.AwaitHolder(t, ticket.ID, 0)
	s.AwaitSound(t) // payments has its copy
	if _, err := buyer.Pay(ctx, order.ID, "tok_visa"); !errors.Is(err, api.ErrOrderCancelled) {
		t.Errorf("a cancelled order is paid: %v", err)
	}
	second, err := other.PlaceOrder(ctx, ticket.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.AwaitHolder(t, ticket.ID, second.ID)
}

// testLatePayment: the second step of a payment is done after the order has ended; the money goes back.
func testLatePayment(t *testing.T, s *systemtest.System) {
	buyer := s.User(t)
	order := s.Reserve(t, buyer, "33")
	receipt := s.Pay(t, buyer, order.ID, "tok_threeDSecure2Required")
	if _, err := buyer.CancelOrder(t.Context(), order.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Authenticate(t.Context(), receipt, "succeed"); err != nil {
		t.Fatal(err)
	}
	ended := s.AwaitOrder(t, buyer, order.ID, func(o event.Order) bool { return o.RefundedAt != nil })
	if kept := s.Stripe.Ledger().Kept()[order.ID]; !systemtest.Cancelled(ended) || kept != 0 {
		t.Errorf("order %+v, %d cents kept", ended, kept)
	}
	chargedOnce(t, s, order, 3300)
	s.AwaitHolder(t, order.TicketID, 0)
}

// chargedOnce checks what Stripe took for an order, given back or not.
func chargedOnce(t *testing.T, s *systemtest.System, order event.Order, cents int64) {
	t.Helper()
	if charges := s.Stripe.Ledger().ChargesOf(order.ID); len(charges) != 1 || charges[0].AmountCents != cents {
		t.Errorf("charges %+v", charges)
	}
}
