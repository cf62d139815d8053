package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/timestamp"
)

// How long links live.
const (
	confirmLifetime = 7 * 24 * time.Hour
	resetLifetime   = 30 * time.Minute
)

var (
	errInvalidEmail = apierror.New(http.StatusBadRequest, "Invalid email.")
	errInvalidLink  = apierror.New(http.StatusBadRequest, "Invalid link.")
	errLinkExpired  = apierror.New(http.StatusBadRequest, "Link expired.")
)

// MailSettings limit the mails that are asked for.
type MailSettings struct {
	MailsPerAccount int `env:"MAILS_PER_ACCOUNT" envDefault:"5"`  // mails with a link that may be asked for in an hour for one account: from each device that has signed in before, and from all others together; four times as many from all these devices
	MailsPerAddress int `env:"MAILS_PER_ADDRESS" envDefault:"50"` // the same from one IPv4 address or IPv6 /64, but for those of devices that have signed in before
}

// mails returns the budgets of a mail: see budgets. The devices of an account have one together, too: its owner can sign in on any number of them, and
// may have given a stranger's address.
func (a *Auth) mails(email, known string, from netip.Addr) []budget {
	all := a.budgets("mails ", AttemptSettings{a.mail.MailsPerAccount, a.mail.MailsPerAddress, time.Hour}, email, known, from)
	if a.devices.find(known, email) != "" {
		all = append(all, a.attempts.budget("mails devices", email, 4*a.mail.MailsPerAccount, time.Hour))
	}
	return all
}

// Mailed is the reply to who asked for a mail.
type Mailed struct {
	Message string `json:"message"`
}

// mailRequested returns a new link, and the event by which it is sent.
func mailRequested(ctx context.Context, userID int32, kind event.MailKind, lifetime time.Duration) (event.MailRequest, event.Draft, error) {
	m := event.MailRequest{ID: rand.Text(), UserID: userID, Kind: kind, ExpiresAt: timestamp.Of(time.Now().Add(lifetime).Truncate(time.Second))}
	draft, err := event.Of(ctx, event.AuthMailRequested, m)
	return m, draft, err
}

// read returns what a token from a mail says. Errors: errInvalidLink, errLinkExpired.
func (a *Auth) read(p maillink.Purpose, token string) (maillink.Link, error) {
	link, err := a.links.Verify(p, token)
	switch {
	case err == nil:
		return link, nil
	case errors.Is(err, maillink.ErrExpired):
		return link, errLinkExpired
	}
	return link, errInvalidLink
}
