package auth

import (
	"errors"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/clientip"
	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// Settings of the service.
type Settings struct {
	Database  postgres.Settings
	Session   session.IssuerSettings
	Passwords PasswordSettings
	Breaches  BreachSettings
	Attempts  AttemptSettings
	SignUps   SignUpSettings
	Mail      MailSettings
	Links     maillink.Settings
	Proxies   clientip.Settings
}

// PasswordSettings are for the functions that hash passwords.
type PasswordSettings struct {
	// Secrets with white space between them: the first hashes, all verify, and a hash moves to the first at its user's next sign-in.
	// Without its pepper no password can be checked: never take one away that hashes still need.
	Peppers Peppers `env:"PASSWORD_PEPPER" required:"true" secret:"true" example:"pepper"`
}

// Peppers are secrets that password hashes are keyed with.
type Peppers []string

// UnmarshalText splits the list. A pepper of before there were lists may have white space in it: then the whole text is one, too.
func (p *Peppers) UnmarshalText(b []byte) error {
	*p = strings.Fields(string(b))
	if len(*p) != 1 || (*p)[0] != string(b) {
		*p = append(*p, string(b))
	}
	return nil
}

// AttemptSettings limit the guesses of passwords.
type AttemptSettings struct {
	PerAccount int           `env:"SIGNIN_ATTEMPTS_PER_ACCOUNT" envDefault:"10"`  // refused sign-ins of one e-mail address in a window: from each device that has signed in before, and from all others together
	PerAddress int           `env:"SIGNIN_ATTEMPTS_PER_ADDRESS" envDefault:"100"` // refused sign-ins from one IPv4 address or IPv6 /64, but for those of devices that have signed in before
	Window     time.Duration `env:"SIGNIN_WINDOW" envDefault:"15m"`               // how long a refused sign-in counts
}

// SignUpSettings limit new accounts.
type SignUpSettings struct {
	PerAddress int `env:"SIGNUPS_PER_ADDRESS" envDefault:"50"` // sign-ups from one IPv4 address or IPv6 /64 in an hour
}

// Validate checks the ranges.
func (s *Settings) Validate() error {
	const most = 1_000_000
	for _, n := range []int{s.Attempts.PerAccount, s.Attempts.PerAddress, s.SignUps.PerAddress, s.Mail.MailsPerAccount, s.Mail.MailsPerAddress} {
		if n < 1 || n > most {
			return errors.New("SIGNIN_ATTEMPTS_PER_ACCOUNT, SIGNIN_ATTEMPTS_PER_ADDRESS, SIGNUPS_PER_ADDRESS, MAILS_PER_ACCOUNT and MAILS_PER_ADDRESS must be 1 to 1000000")
		}
	}
	if s.Attempts.Window < time.Second || s.Attempts.Window > 7*24*time.Hour {
		return errors.New("SIGNIN_WINDOW must be 1s to a week")
	}
	return nil
}
