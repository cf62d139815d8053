package client

import (
	"context"
	"errors"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
)

// question is a page that does one thing when its button is pressed.
type question struct {
	Heading, Text  string
	Action, Button string
}

// ConfirmEmailPage asks whether an address is to be confirmed: what looks at the links of a mail by itself, such as a scanner, must not.
func (s *Site) ConfirmEmailPage(_ context.Context, v visit) (answer, error) {
	const heading = "Confirm your e-mail address"
	return show("question", heading, question{heading, "Then we know that our mail reaches you.", v.URL.Path, "Confirm"}), nil
}

// ConfirmEmail confirms an address by a link from a mail.
func (s *Site) ConfirmEmail(ctx context.Context, v visit) (answer, error) {
	err := v.api.ConfirmEmail(ctx, v.PathValue("token"))
	if a, is := badLink(err, message{"", "", "/account", "Ask for another link"}); is {
		return a, nil
	}
	return say(http.StatusOK, message{"Your address is confirmed", "Thank you.", "/", "All tickets"}), err
}

// ConfirmAgain asks for another mail with such a link.
func (s *Site) ConfirmAgain(ctx context.Context, v visit) (answer, error) {
	err := v.api.ConfirmAgain(ctx)
	if errors.Is(err, api.ErrConfirmed) { // meanwhile
		return goTo("/account"), nil
	}
	return say(http.StatusOK, message{"Look into your mail", "A mail is on its way to " + v.claims.Subject + ". Its link works for 7 days.", "/account", "Your account"}), err
}
