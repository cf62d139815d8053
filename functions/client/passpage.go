package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// passView is a pass as its buyer shows it.
type passView struct {
	api.Pass
	Picture square
	Email   string
	Bought  bought
	About   event.About
}

// PassPage shows the pass of a paid order, on one sheet of paper when it is printed.
func (s *Site) PassPage(ctx context.Context, v visit) (answer, error) {
	view, err := s.pass(ctx, v)
	if errors.Is(err, api.ErrNoPass) {
		return noPass(v), nil
	}
	if err == nil {
		view.About, view.Bought = besidePaid(ctx, v, view.TicketID)
	}
	return show("pass", fmt.Sprintf("Pass of order %d", v.id), view), err
}

// PassPDF is PassPage as a file. It is kept, so it says when and where to be, or fails; a ticket that a restore has lost has neither.
func (s *Site) PassPDF(ctx context.Context, v visit) (answer, error) {
	view, err := s.pass(ctx, v)
	if errors.Is(err, api.ErrNoPass) {
		return noPass(v), nil
	}
	if err != nil {
		return answer{}, err
	}
	ticket, err := v.api.Ticket(ctx, view.TicketID)
	if err != nil && !errors.Is(err, api.ErrNoSuchTicket) {
		return answer{}, err
	}
	view.About = ticket.About
	file, err := view.pdf()
	return answer{file: file, kind: "application/pdf", name: fmt.Sprintf("pass-%d.pdf", v.id)}, err
}

func (s *Site) pass(ctx context.Context, v visit) (passView, error) {
	pass, err := v.api.Pass(ctx, v.id)
	if err != nil {
		return passView{}, err
	}
	picture, err := pictureOf(s.address(v) + "/verify/" + pass.Code)
	return passView{Pass: pass, Picture: picture, Email: v.claims.Subject}, err
}

func noPass(v visit) answer {
	return say(http.StatusConflict, message{
		"This order has no pass", "It has one from when it is paid until its money goes back.", orderPath(v.id), "Look at the order",
	})
}

// address is where browsers find the site: as it is set, or as they have asked for it.
func (s *Site) address(v visit) string {
	origin := "http://" + v.Host
	if s.secure || v.TLS != nil || v.Header.Get("X-Forwarded-Proto") == "https" {
		origin = "https://" + v.Host
	}
	if len(s.origins) > 0 {
		origin = s.origins[0]
	}
	return origin + function.Base(v.Context())
}
