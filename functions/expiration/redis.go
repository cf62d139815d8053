package expiration

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
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

// open returns a client that connects when it is first used: of one server, of the master that Sentinels name
// (?master_name=…), or of a Redis Cluster (?cluster=true, or more than one address: ?addr=…).
func open(s Settings) (client redis.UniversalClient, err error) {
	malformed := errors.New("config: REDIS_URL is not a redis://, rediss:// or unix:// URL") // the error may hold the password
	u, err := url.Parse(s.RedisURL)
	if err != nil {
		return nil, malformed
	}
	quiet := &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	// A command is tried again as a whole, not its dial.
	const dials = 1
	limit := func(dial, read, write *time.Duration) {
		*dial, *read, *write = cmp.Or(*dial, dialWithin), cmp.Or(*read, answerWithin), cmp.Or(*write, answerWithin)
	}
	query := u.Query()
	switch {
	case query.Has("master_name"):
		o, err := redis.ParseFailoverURL(s.RedisURL)
		if err != nil {
			return nil, malformed
		}
		o.ContextTimeoutEnabled, o.DialerRetries = true, dials
		limit(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout)
		return redis.NewFailoverClient(o), nil
	case query.Has("addr"), query.Get("cluster") == "true":
		query.Del("cluster")
		u.RawQuery = query.Encode()
		o, err := redis.ParseClusterURL(u.String())
		if err != nil {
			return nil, malformed
		}
		o.ContextTimeoutEnabled, o.DialerRetries, o.MaintNotificationsConfig = true, dials, quiet
		o.ClusterStateReloadInterval = time.Second // a master that is gone is looked for no sooner
		limit(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout)
		return redis.NewClusterClient(o), nil
	}
	o, err := redis.ParseURL(s.RedisURL)
	if err != nil {
		return nil, malformed
	}
	o.ContextTimeoutEnabled, o.DialerRetries, o.MaintNotificationsConfig = true, dials, quiet
	limit(&o.DialTimeout, &o.ReadTimeout, &o.WriteTimeout)
	return redis.NewClient(o), nil
}

// ready returns nil while Redis takes writes, and keeps them: one that answers may be a replica, still loading, or out of memory.
func ready(client redis.UniversalClient) func(context.Context) error {
	return func(ctx context.Context) error {
		if err := client.Set(ctx, readyKey, 1, time.Minute).Err(); err != nil {
			return classify(err)
		}
		return keeps(ctx, client)
	}
}

// classify makes an apierror.Unavailable of every error but those by which Redis refuses the command itself. Redis 6 and
// older hide in an "ERR Error running script …: -READONLY …" what made a script fail.
func classify(err error) error {
	if err == nil {
		return nil
	}
	var reply redis.Error
	if !errors.As(err, &reply) || redis.IsMaxClientsError(err) {
		return apierror.Unavailable(err)
	}
	text := reply.Error()
	if _, cause, ok := strings.Cut(text, ": -"); ok && strings.HasPrefix(text, "ERR Error running script") {
		text = cause
	}
	switch code, _, _ := strings.Cut(text, " "); code {
	case "ERR", "WRONGTYPE":
		return fmt.Errorf("redis: %w", err)
	case "MOVED":
		err = fmt.Errorf("REDIS_URL names a node of a Redis Cluster: add ?cluster=true to it: %w", err)
	}
	return apierror.Unavailable(err)
}
