package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// textField names the field with what a buyer gets.
const textField = "text"

// attachmentView is the form with what the buyer of a ticket gets.
type attachmentView struct {
	ID            int32
	Text, Problem string
}

// AttachmentPage shows the form with what the ticket's buyer will get.
func (s *Site) AttachmentPage(ctx context.Context, v visit) (answer, error) {
	return changing(ctx, v, func(event.Ticket) (answer, error) {
		text, err := v.api.Attachment(ctx, v.id)
		if errors.Is(err, api.ErrNoAttachment) {
			err = nil
		}
		return showAttachment(attachmentView{ID: v.id, Text: text}), err
	})
}

// Attach stores what the ticket's buyer will get, and shows the ticket.
func (s *Site) Attach(ctx context.Context, v visit) (answer, error) {
	text := v.PostFormValue(textField)
	err := v.api.Attach(ctx, v.id, text)
	switch {
	case errors.Is(err, api.ErrInvalidText):
		return showAttachment(attachmentView{v.id, text, "Write at most 4096 characters, or fewer if some are not plain letters, and nothing that cannot be seen."}).with(http.StatusBadRequest), nil
	case err != nil:
		return refuseChange(ctx, v, err)
	}
	return goTo(ticketPath(v.id)), nil
}

func showAttachment(view attachmentView) answer {
	return show("attachment", "What the buyer gets", view)
}

// bought is what the buyer of a ticket got from its seller.
type bought struct {
	Text string
	Away bool // it cannot be looked up at present
}

// boughtOf asks tickets. A page with other content does not fail with it.
func boughtOf(ctx context.Context, v visit, ticketID int32) bought {
	ctx, cancel := context.WithTimeout(ctx, chargeWithin)
	defer cancel()
	text, err := v.api.Attachment(ctx, ticketID)
	switch {
	case errors.Is(err, api.ErrNoAttachment):
		return bought{}
	case err != nil: // also where tickets has yet to hear that it is paid
		function.LogFailure(ctx, err)
		return bought{Away: true}
	}
	return bought{Text: text}
}
