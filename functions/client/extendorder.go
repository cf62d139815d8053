package client

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/api"
)

// ExtendOrder asks for more time to pay and shows the order.
func (s *Site) ExtendOrder(ctx context.Context, v visit) (answer, error) {
	_, err := v.api.ExtendOrder(ctx, v.id)
	if errors.Is(err, api.ErrNotExtendable) {
		return s.orderProblem(ctx, v, "This order cannot be given more time.", noteSpent)
	}
	return goTo(orderPath(v.id) + "?note=" + noteExtended), err
}
