package client

import (
	"context"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
)

// NewTicketPage shows the form for an offer.
func (s *Site) NewTicketPage(_ context.Context, v visit) (answer, error) {
	return showNewTicket(typedOffer(v, "", "")), nil
}

// NewTicket offers a ticket and shows it.
func (s *Site) NewTicket(ctx context.Context, v visit) (answer, error) {
	title, price := v.PostFormValue(titleField), v.PostFormValue(priceField)
	ticket, err := v.api.OfferTicket(ctx, api.Offer{Title: title, Price: plainPrice(price)})
	f := offerForm(title, price)
	if f.mark(err); !f.ok() {
		return showNewTicket(f).with(http.StatusBadRequest), nil
	}
	if a, is := v.kept(f, showNewTicket, err); is {
		return a, nil
	}
	return goTo(ticketPath(ticket.ID)), err
}

func showNewTicket(f form) answer { return show("newticket", "List ticket", f) }

// The fields of an offer.
const (
	titleField = "title"
	priceField = "price"
)

// typedOffer is the form with what was typed into it before something came between, or else with title and price.
func typedOffer(v visit, title, price string) form {
	query := v.URL.Query()
	if !query.Has(titleField) && !query.Has(priceField) {
		return offerForm(title, price)
	}
	f := offerForm(query.Get(titleField), query.Get(priceField))
	f.Notice = "This is not stored yet. Look at it again, and send it."
	return f
}

func offerForm(title, price string) form {
	return form{Fields: []field{
		{Name: titleField, Label: "Title", Type: "text", Autocomplete: "off", Value: title, Hint: "What it is for, when and where.",
			Refusal: "Enter a title of 1 to 255 characters."},
		{Name: priceField, Label: "Price in US dollars", Type: "text", InputMode: "decimal", Autocomplete: "off", Value: price, Hint: "Such as 42.50.",
			Refusal: "Enter a price from 0.50 to 999,999.99 with at most two decimals, such as 42.50."},
	}}
}
