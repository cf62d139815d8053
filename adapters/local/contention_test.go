package local_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/api"
)

// oneWins checks that one request succeeded, and that all others were refused so.
func oneWins(t *testing.T, errs []error, refusals ...error) {
	t.Helper()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !slices.ContainsFunc(refusals, func(r error) bool { return errors.Is(err, r) }) {
			t.Errorf("refused with %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d of %d won", won, len(errs))
	}
}

func testManyBuyers(t *testing.T, s *systemtest.System) {
	buyers := make([]*systemtest.User, 64)
	for i := range buyers {
		buyers[i] = s.User(t)
	}
	seller := s.User(t)
	for range 50 {
		ticket := s.Offer(t, seller, "Front row", "10")
		oneWins(t, systemtest.AtOnce(len(buyers), func(i int) error {
			_, err := buyers[i].PlaceOrder(t.Context(), ticket.ID)
			return err
		}), api.ErrTicketTaken)
	}
}

func testManyPayments(t *testing.T, s *systemtest.System) {
	buyer := s.User(t)
	order := s.Reserve(t, buyer, "10")
	s.AwaitSound(t) // payments has its copy
	oneWins(t, systemtest.AtOnce(16, func(int) error {
		_, err := buyer.Pay(t.Context(), order.ID, "tok_visa")
		return err
	}), api.ErrPaid, api.ErrInProgress)
	s.AwaitOrder(t, buyer, order.ID, systemtest.Complete)
	chargedOnce(t, s, order, 1000)
}

// testManyChanges: the copy of a ticket ends as the ticket is.
func testManyChanges(t *testing.T, s *systemtest.System) {
	const workers, each = 32, 16
	seller := s.User(t)
	ticket := s.Offer(t, seller, "First edition", "1")
	for _, err := range systemtest.AtOnce(workers, func(w int) (err error) {
		for i := 0; i < each && err == nil; i++ {
			_, err = seller.ChangeTicket(t.Context(), ticket.ID, api.Offer{Title: fmt.Sprintf("Edition %d.%d", w, i), Price: fmt.Sprintf("%d.%02d", 1+w, i)})
		}
		return err
	}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.AwaitSound(t)
	if now, err := seller.Ticket(t.Context(), ticket.ID); err != nil || now.Version != workers*each {
		t.Errorf("%+v, %v", now, err)
	}
}
