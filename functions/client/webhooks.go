package client

import (
	"context"
	"errors"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

// webhooksView is the visitor's webhooks, and the form for another.
type webhooksView struct {
	form
	Events   choices
	Webhooks []api.Webhook
}

// webhookEvents are what people read.
var webhookEvents = []option{
	{"ticket.created", "You list a ticket"},
	{"ticket.updated", "A ticket of yours changes, is reserved or is free again"},
	{"ticket.sold", "You sell a ticket"},
	{"order.created", "You order a ticket"},
	{"order.updated", "An order of yours changes"},
	{"order.paid", "An order of yours is paid"},
	{"order.cancelled", "An order of yours is cancelled, or expires"},
	{"order.refunded", "An order of yours is refunded"},
}

// webhookEvent is the name of an event; one of a newer version is its own.
func webhookEvent(event string) string { return nameOf(webhookEvents, event) }

// WebhooksPage lists the visitor's webhooks.
func (s *Site) WebhooksPage(ctx context.Context, v visit) (answer, error) {
	return showWebhooks(ctx, v, webhookForm(v), "")
}

func showWebhooks(ctx context.Context, v visit, f form, events string) (answer, error) {
	all, err := v.api.Webhooks(ctx)
	return show("webhooks", "Webhooks", webhooksView{f, chosen(v, "events", "It is called when", webhookEvents, events), all}), err
}

// NewWebhook makes a webhook and shows its secret, once.
func (s *Site) NewWebhook(ctx context.Context, v visit) (answer, error) {
	f, events := webhookForm(v), ""
	secret, err := v.api.CreateWebhook(ctx, v.PostFormValue("url"), v.PostForm["events"])
	switch {
	case err == nil:
		return showWebhookSecret(secret, "/account/webhooks"), nil
	case errors.Is(err, api.ErrInvalidURL):
		f.problem("url", f.Fields[0].Refusal)
	case errors.Is(err, api.ErrInvalidEvents):
		events = "Choose one at least."
	case errors.Is(err, api.ErrTooManyWebhooks):
		f.blame("You have as many webhooks as you may. End one first.")
	default:
		return answer{}, err
	}
	a, failed := showWebhooks(ctx, v, f, events)
	return a.with(apierror.From(err).Status), failed
}

func showWebhookSecret(secret, next string) answer {
	return show("secret", "The secret of your webhook", secretView{
		"The secret of your webhook", "Copy it now, to where the program finds it: it is shown only this once. By it the program sees that a message is from us.", "Secret", secret,
		next, "Done",
	})
}

func webhookForm(v visit) form {
	return form{Fields: []field{
		{Name: "url", Label: "Address", Type: "url", Autocomplete: "off", Value: v.PostFormValue("url"), Hint: "Such as https://shop.example.com/tickets.",
			Refusal: "Enter an address that begins with https://, of a host that is reached from the internet."},
	}}
}
