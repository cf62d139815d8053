package client

import (
	"context"
	"errors"
	"strconv"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
)

// SetWaiting puts the visitor on a ticket's waiting list, or takes the visitor off it.
func (s *Site) SetWaiting(ctx context.Context, v visit) (answer, error) {
	wait, err := strconv.ParseBool(v.PostFormValue("waiting"))
	switch {
	case err != nil:
		return answer{}, errBadForm.With(err)
	case !wait:
		_, err := v.api.StopWaiting(ctx, v.id)
		return goTo(ticketPath(v.id)), err
	}
	_, err = v.api.Wait(ctx, v.id)
	m := message{Link: ticketPath(v.id), On: "Look at the ticket"}
	switch {
	case err == nil:
		if mails := beside(ctx, v.api.Preferences); mails == nil || mails.OptionalMails {
			return goTo(ticketPath(v.id)), nil
		}
		m = message{"You are on the waiting list", "But you have stopped the mails that would tell you. You can turn them on again on your account's page.", "/account", "Your account"}
		return say(0, m), nil
	case errors.Is(err, api.ErrWaitsForOwn):
		return goTo(ticketPath(v.id)), nil
	case errors.Is(err, api.ErrAvailable):
		m.Heading, m.Text = "This ticket is available", "There is nothing to wait for: you can order it."
	case errors.Is(err, api.ErrNotOffered):
		m.Heading, m.Text = "This ticket is no longer offered", "So there is nothing to wait for."
	case errors.Is(err, api.ErrWaitsForMany):
		m.Heading, m.Text = "You wait for many tickets", "Stop waiting for one of the others first."
	default:
		return answer{}, err
	}
	return say(apierror.From(err).Status, m), nil
}
