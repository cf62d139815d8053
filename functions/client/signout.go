package client

import (
	"context"
	"net/http"
)

// SignOut ends the session at auth, and with it in the browser.
func (s *Site) SignOut(ctx context.Context, v visit) (answer, error) {
	if err := v.api.SignOut(ctx); err != nil {
		return answer{}, err
	}
	return answer{to: "/auth/signedout", cookies: v.api.SetCookies()}, nil
}

// SignedOutPage confirms the sign-out.
func (s *Site) SignedOutPage(_ context.Context, v visit) (answer, error) {
	if v.hasSession() {
		return goTo("/"), nil
	}
	return say(http.StatusOK, message{"You are signed out", "See you soon.", "/", "All tickets"}), nil
}
