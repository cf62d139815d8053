package client

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/gittix/ticketing/shared/api"
)

// stillCome is said wherever mails are stopped.
const stillCome = "Receipts, and what else is about your account or your money, come all the same."

// SetMails says whether the visitor gets mails that need not be.
func (s *Site) SetMails(ctx context.Context, v visit) (answer, error) {
	optional, err := strconv.ParseBool(v.PostFormValue("optional"))
	if err != nil {
		return answer{}, errBadForm.With(err)
	}
	return goTo("/account"), v.api.Prefer(ctx, api.Preferences{OptionalMails: optional})
}

// UnsubscribePage asks whether such mails are to end: what looks at the links of a mail by itself must not end them.
func (s *Site) UnsubscribePage(_ context.Context, v visit) (answer, error) {
	const heading = "Stop these mails?"
	return show("question", heading, question{heading, "You get no reminders and no news of waiting lists then. " + stillCome, v.URL.Path, "Stop them"}), nil
}

// Unsubscribe ends the mails that need not be, by a link from one of them.
func (s *Site) Unsubscribe(ctx context.Context, v visit) (answer, error) {
	err := v.api.StopMails(ctx, v.PathValue("token"))
	if errors.Is(err, api.ErrInvalidLink) {
		return say(http.StatusBadRequest, message{"This link does not work", "Nothing was changed. Perhaps a part of it is missing. You can stop these mails on your account's page, too.", "/account", "Your account"}), nil
	}
	return say(http.StatusOK, message{"These mails have stopped", stillCome + " You can turn the others on again on your account's page.", "/", "All tickets"}), err
}
