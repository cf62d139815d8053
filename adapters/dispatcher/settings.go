package dispatcher

import (
	"errors"

	"github.com/gittix/ticketing/adapters/process"
)

// Settings of a dispatcher. Of those of a process, FUNCTIONS has no meaning here.
type Settings struct {
	Process   process.Settings
	Outboxes  string `env:"DISPATCH_OUTBOXES"`       // name=postgres://…, with white space between them
	RedisURL  string `env:"REDIS_URL"`               // the expiration service's; empty: its outbox is relayed elsewhere
	Target    string `env:"DISPATCH_TARGET"`         // of every consumer; {consumer} and {service} stand for their names
	Routes    string `env:"DISPATCH_ROUTES"`         // "consumer target" or "consumer type,type target", on lines or with ; between
	Sink      string `env:"K_SINK"`                  // http://… of a Broker, given by a SinkBinding; used where a target is $K_SINK
	Overrides string `env:"K_CE_OVERRIDES"`          // {"extensions":{"name":"value"}}, given by a SinkBinding
	LambdaURL string `env:"AWS_ENDPOINT_URL_LAMBDA"` // empty: AWS itself
}

// Validate checks that there is something to do, and what to do it with.
func (s *Settings) Validate() error {
	switch {
	case s.Process.BusURL == "":
		return errors.New("BUS_URL is required")
	case s.Process.Functions != "":
		return errors.New("FUNCTIONS chooses nothing here; DISPATCH_ROUTES does")
	case s.Outboxes == "" && s.RedisURL == "" && s.Target == "" && s.Routes == "":
		return errors.New("nothing to do: none of DISPATCH_OUTBOXES, REDIS_URL, DISPATCH_TARGET and DISPATCH_ROUTES is set")
	}
	return nil
}
