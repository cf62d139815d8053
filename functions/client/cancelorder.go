package client

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/api"
)

// CancelOrder gives the ticket back and shows the order.
func (s *Site) CancelOrder(ctx context.Context, v visit) (answer, error) {
	_, err := v.api.CancelOrder(ctx, v.id)
	if errors.Is(err, api.ErrOrderComplete) {
		return s.orderProblem(ctx, v, "This order is paid, so it can no longer be cancelled.", "")
	}
	return goTo(orderPath(v.id)), err
}
