package local

import (
	"errors"

	"github.com/gittix/ticketing/adapters/process"
)

// Settings of the whole system on one machine. Beside these, every setting of a service applies to it.
type Settings struct {
	Process      process.Settings
	Host         string `env:"HOST" envDefault:"127.0.0.1"` // where to listen; the mailbox is shown on this host alone
	DataDir      string `env:"DATA_DIR" envDefault:".data"` // where everything embedded is kept
	DatabaseURL  string `env:"DATABASE_URL"`                // a PostgreSQL that replaces the embedded one
	RedisURL     string `env:"REDIS_URL"`                   // a Redis that replaces the embedded one
	SMTPURL      string `env:"SMTP_URL"`                    // a mail server that replaces the mailbox
	StripeKey    string `env:"STRIPE_SECRET_KEY"`           // a Stripe account that replaces the sandbox
	StripeURL    string `env:"STRIPE_API_URL"`              // with STRIPE_SECRET_KEY only
	StripeSecret string `env:"STRIPE_WEBHOOK_SECRET"`       // with STRIPE_SECRET_KEY only
}

// Validate refuses a choice of functions.
func (s *Settings) Validate() error {
	if s.Process.Functions != "" {
		return errors.New("FUNCTIONS chooses nothing here: the whole system runs")
	}
	return nil
}
