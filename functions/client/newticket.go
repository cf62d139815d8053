package client

import (
	"context"
	"net/http"
)

// NewTicketPage shows the form for an offer.
func (s *Site) NewTicketPage(_ context.Context, v visit) (answer, error) {
	return showNewTicket(typedOffer(v, typed{})), nil
}

// NewTicket offers a ticket and shows it.
func (s *Site) NewTicket(ctx context.Context, v visit) (answer, error) {
	t := typedIn(v.PostForm)
	ticket, err := v.api.OfferTicket(ctx, t.offer(nil))
	f := t.form()
	if f.mark(err); !f.ok() {
		return showNewTicket(f).with(http.StatusBadRequest), nil
	}
	if a, is := v.kept(f, showNewTicket, err); is {
		return a, nil
	}
	return goTo(ticketPath(ticket.ID)), err
}

func showNewTicket(f form) answer { return show("newticket", "List ticket", f) }

// typedOffer is the form with what was typed into it before something came between, or else as it is.
func typedOffer(v visit, as typed) form {
	query := v.URL.Query()
	if !query.Has(titleField) && !query.Has(priceField) {
		return as.form()
	}
	f := typedIn(query).form()
	f.Notice = "This is not stored yet. Look at it again, and send it."
	return f
}
