package auth

import (
	"errors"
	"time"

	"github.com/gittix/ticketing/shared/clientip"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

// Settings of the service.
type Settings struct {
	Database  postgres.Settings
	Session   session.Settings
	Passwords PasswordSettings
	Attempts  AttemptSettings
	Proxies   clientip.Settings
}

// PasswordSettings are for the functions that hash passwords.
type PasswordSettings struct {
	Pepper string `env:"PASSWORD_PEPPER" required:"true" secret:"true" example:"pepper"` // without it no password can be checked: never change it
}

// AttemptSettings limit the guesses of passwords.
type AttemptSettings struct {
	PerAccount int           `env:"SIGNIN_ATTEMPTS_PER_ACCOUNT" envDefault:"10"`  // refused sign-ins of one e-mail address in a window
	PerAddress int           `env:"SIGNIN_ATTEMPTS_PER_ADDRESS" envDefault:"100"` // refused sign-ins from one IPv4 address or IPv6 /64
	Window     time.Duration `env:"SIGNIN_WINDOW" envDefault:"15m"`               // how long a refused sign-in counts
}

// Validate checks the ranges.
func (s *Settings) Validate() error {
	const most = 1_000_000
	if s.Attempts.PerAccount < 1 || s.Attempts.PerAccount > most || s.Attempts.PerAddress < 1 || s.Attempts.PerAddress > most {
		return errors.New("SIGNIN_ATTEMPTS_PER_ACCOUNT and SIGNIN_ATTEMPTS_PER_ADDRESS must be 1 to 1000000")
	}
	if s.Attempts.Window < time.Second || s.Attempts.Window > 7*24*time.Hour {
		return errors.New("SIGNIN_WINDOW must be 1s to a week")
	}
	return nil
}
