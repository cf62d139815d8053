package lambda

import (
	"errors"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Settings of a Lambda function, for any service.
type Settings struct {
	Functions      string           `env:"FUNCTIONS"` // names with commas between; empty: all
	LogLevel       slog.Level       `env:"LOG_LEVEL" envDefault:"INFO"`
	RequestTimeout time.Duration    `env:"REQUEST_TIMEOUT" envDefault:"15s"` // of one HTTP request, if Lambda's is not shorter
	Origins        function.Origins `env:"TRUSTED_ORIGINS"`                  // https://… of the site, with commas between several: where a proxy hides the host that browsers ask for
	Secure         bool             `env:"SESSION_SECURE" envDefault:"true"`
	Memory         uint64           `env:"AWS_LAMBDA_FUNCTION_MEMORY_SIZE"`    // in MiB, given by Lambda; 0: any
	Concurrency    int              `env:"BATCH_CONCURRENCY" envDefault:"2"`   // events of a batch that are handled at once
	BusURL         string           `env:"BUS_URL"`                            // sns:///arn:aws:sns:region:account:topic, where functions send their events themselves
	SchedulerURL   string           `env:"SCHEDULER_URL"`                      // scheduler:///group?role=ARN&target=ARN with {schedule} in it: a group of EventBridge Scheduler, where no clock runs schedules
	MaxDeliveries  int              `env:"BUS_MAX_DELIVERIES" envDefault:"10"` // failures before an event goes to the dead letters
	GiveUp         time.Duration    `env:"BUS_GIVE_UP" envDefault:"24h"`       // age from which an event also goes to the dead letters if its consumer is away, or lacks what it depends on
	Mount          function.Mount
}

// Validate checks the ranges.
func (s *Settings) Validate() error {
	if s.RequestTimeout <= 0 || s.Concurrency < 1 || s.MaxDeliveries < 1 || s.GiveUp <= 0 {
		return errors.New("REQUEST_TIMEOUT and BUS_GIVE_UP must be above 0, BATCH_CONCURRENCY and BUS_MAX_DELIVERIES at least 1")
	}
	return nil
}

func (s *Settings) names() []string {
	return strings.FieldsFunc(s.Functions, func(r rune) bool { return r == ',' || r == ' ' })
}

// thrifty returns values with what suits an environment that handles one request at a time, has many
// siblings, and is frozen in between, wherever a URL does not say otherwise:
//   - two connections;
//   - pgx pings a connection that was idle for a second before it gives it to anyone, and a peer that is
//     gone without a word is given up after a second (otherwise the request would wait until its deadline);
//   - go-redis forgets connections that were idle for a minute, and tries a command again on a new one.
func thrifty(values config.Values) config.Values {
	database, direct, _ := strings.Cut(values["DATABASE_URL"], " ") // the second is for migrations and LISTEN
	database = withDefaults(database, map[string]string{"pool_max_conns": "2", "pool_ping_timeout": "1s"})
	return values.With(config.Values{
		"DATABASE_URL": strings.TrimSpace(database + " " + direct),
		"REDIS_URL":    withDefaults(values["REDIS_URL"], map[string]string{"pool_size": "2", "conn_max_idle_time": "1m"}),
	})
}

// withDefaults adds parameters to a URL that lacks them. What is no URL is for its user to refuse.
func withDefaults(address string, parameters map[string]string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return address
	}
	query := u.Query()
	for name, value := range parameters {
		if !query.Has(name) {
			query.Set(name, value)
		}
	}
	u.RawQuery = query.Encode()
	return u.String()
}
