package client

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

// webhookView is one webhook, and what was sent to it.
type webhookView struct {
	api.Webhook
	Deliveries []api.WebhookDelivery
}

// WebhookPage shows a webhook of the visitor's, and what was sent to it.
func (s *Site) WebhookPage(ctx context.Context, v visit) (answer, error) {
	all, err := v.api.Webhooks(ctx)
	if err != nil {
		return answer{}, err
	}
	i := slices.IndexFunc(all, func(w api.Webhook) bool { return w.ID == v.id })
	if i < 0 {
		return answer{}, apierror.ErrNotFound
	}
	sent, err := v.api.WebhookDeliveries(ctx, v.id)
	return show("webhook", "Webhook", webhookView{all[i], sent}), err
}

// ChangeWebhook does with a webhook what its button says.
func (s *Site) ChangeWebhook(ctx context.Context, v visit) (answer, error) {
	page := fmt.Sprintf("/account/webhooks/%d", v.id)
	switch v.PostFormValue("do") {
	case "rotate":
		secret, err := v.api.RotateWebhook(ctx, v.id)
		return showWebhookSecret(secret, page), err
	case "enable":
		return goTo(page), v.api.EnableWebhook(ctx, v.id, true)
	case "disable":
		return goTo(page), v.api.EnableWebhook(ctx, v.id, false)
	case "end":
		err := v.api.EndWebhook(ctx, v.id)
		if errors.Is(err, api.ErrNoSuchWebhook) { // it has ended meanwhile
			err = nil
		}
		return goTo("/account/webhooks"), err
	}
	delivery, err := strconv.ParseInt(v.PostFormValue("delivery"), 10, 64)
	if err != nil {
		return answer{}, errBadForm
	}
	err = v.api.ResendWebhookDelivery(ctx, delivery)
	if errors.Is(err, api.ErrNoSuchDelivery) { // it is too old
		err = nil
	}
	return goTo(page), err
}
