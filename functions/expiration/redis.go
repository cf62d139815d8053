package expiration

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/gittix/ticketing/shared/apierror"
)

// The limits of one dial, and of one read or write, unless REDIS_URL sets others.
const (
	dialWithin   = 3 * time.Second
	answerWithin = 3 * time.Second
)

// open returns a client that connects when it is first used.
func open(s Settings) (*redis.Client, error) {
	options, err := redis.ParseURL(s.RedisURL)
	if err != nil {
		return nil, errors.New("config: REDIS_URL is not a redis://, rediss:// or unix:// URL") // err may hold the password
	}
	options.ContextTimeoutEnabled = true
	options.DialTimeout = cmp.Or(options.DialTimeout, dialWithin)
	options.ReadTimeout = cmp.Or(options.ReadTimeout, answerWithin)
	options.WriteTimeout = cmp.Or(options.WriteTimeout, answerWithin)
	options.DialerRetries = 1 // a command is tried again as a whole
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(options), nil
}

// classify makes an apierror.Unavailable of every error but those by which Redis refuses the command itself.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var reply redis.Error
	if errors.As(err, &reply) && !redis.IsMaxClientsError(err) {
		if text := reply.Error(); strings.HasPrefix(text, "ERR ") || strings.HasPrefix(text, "WRONGTYPE ") {
			return fmt.Errorf("redis: %w", err)
		}
	}
	return apierror.Unavailable(err)
}
