package client

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/function"
)

// message is a page with one text and one link.
type message struct {
	Heading, Text string
	Link, On      string // the address of the link, and its text
}

func say(status int, m message) answer { return show("message", m.Heading, m).with(status) }

// failed is the page for an error that a handler has no better answer to.
func (s *Site) failed(v visit, err error) answer {
	function.LogFailure(v.Context(), err)
	return problem(v, err)
}

func problem(v visit, err error) answer {
	e := apierror.From(err)
	switch {
	case errors.Is(err, apierror.ErrCrossOrigin):
		return crossOrigin(v)
	case errors.Is(err, errOtherUser):
		return otherUser(v)
	case errors.Is(err, errNotYourTicket):
		return notYourTicket(v.id)
	case errors.Is(err, apierror.ErrNotAuthorized):
		a := goTo(signIn(v))
		a.sessionOver = v.hasSession()
		return a
	case errors.Is(err, api.ErrNotYoursToView), errors.Is(err, api.ErrNotYoursToEnd), errors.Is(err, api.ErrNotYoursToKeep):
		return say(http.StatusForbidden, message{"This is somebody else's order", "Only the person who placed an order can see it.", "/orders", "Your purchases"})
	case errors.Is(err, api.ErrNotConfirmed):
		return say(e.Status, message{"Your address is not confirmed", "Follow the link in the mail that we sent you: until then, no webhook is called. If you have done so, try again in a moment, or sign in again.", "/account", "Your account"})
	case e.Status == http.StatusNotFound:
		return notFound()
	case e.Status == http.StatusTooManyRequests:
		a := say(e.Status, message{"That was too often", "Please try again " + in(e.RetryAfter) + ".", v.page(), "Try again"})
		a.retryAfter = e.RetryAfter
		return a
	case errors.Is(err, api.ErrAnswerLost):
		m := message{"This was done already", "We could not keep the answer. Look before you do it again.", "/orders", "Your purchases"}
		switch {
		case v.URL.Path == "/tickets/new":
			m.Link, m.On = "/tickets/mine", "What you sell"
		case strings.HasPrefix(v.URL.Path, "/account"):
			m.Link, m.On = v.page(), "Look"
		}
		return say(e.Status, m)
	case errors.Is(err, api.ErrKeyInUse):
		return again(v, e, message{"This is still being done", "You have sent it already. Look whether it is done in a moment.", v.page(), "Try again"})
	case e.Status >= http.StatusInternalServerError:
		return again(v, e, message{awayHeading, awayText, v.page(), "Try again"})
	}
	return say(e.Status, message{"That did not work", strings.TrimSpace(e.Message), "/", "All tickets"})
}

func notFound() answer {
	return say(http.StatusNotFound, message{"There is nothing here", "The page you asked for does not exist, or no longer does.", "/", "All tickets"})
}

// in says how long from now, rounded up.
func in(d time.Duration) string {
	if words := inWords(d); words != "" {
		return "in " + words
	}
	return "later"
}

// inWords is a duration, rounded up, or "" for none.
func inWords(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
		most int64
	}{{"second", time.Second, 59}, {"minute", time.Minute, 59}, {"hour", time.Hour, 1 << 32}} {
		n := int64((d + unit.size - 1) / unit.size)
		switch {
		case n < 1:
			return ""
		case n == 1:
			return "1 " + unit.name
		case n <= unit.most:
			return fmt.Sprintf("%d %ss", n, unit.name)
		}
	}
	return ""
}
