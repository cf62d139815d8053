package expiration

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// memory is what Redis says of its memory. Fields that it does not tell are zero.
type memory struct {
	used, limit float64 // bytes; limit 0: none
	policy      string  // what it does at the limit
}

// memoryOf asks the Redis, or the node of a Cluster, that holds the agenda. INFO tells it also where CONFIG is forbidden, as it is
// where a provider manages Redis.
func memoryOf(ctx context.Context, client redis.UniversalClient) (memory, error) {
	var node redis.Cmdable = client
	if cluster, ok := client.(*redis.ClusterClient); ok {
		master, err := cluster.MasterForKey(ctx, wakeKey)
		if err != nil {
			return memory{}, classify(err)
		}
		node = master
	}
	text, err := node.Info(ctx, "memory").Result()
	if err != nil {
		return memory{}, classify(err)
	}
	var m memory
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "used_memory":
			m.used, err = strconv.ParseFloat(value, 64)
		case "maxmemory":
			m.limit, err = strconv.ParseFloat(value, 64)
		case "maxmemory_policy":
			m.policy = value
		}
		if err != nil {
			return memory{}, fmt.Errorf("redis: INFO memory: %w", err)
		}
	}
	return m, nil
}

// memory returns the bytes that Redis uses, and its limit, for telemetry.Asked.
func (a agenda) memory(ctx context.Context) ([]float64, error) {
	m, err := memoryOf(ctx, a.client)
	return []float64{m.used, m.limit}, err
}

// keeps returns an error if Redis evicts what has no time to live when its memory is full, as the agenda: deadlines would be lost without
// one. The policies volatile-… do not, and one that Redis does not tell is not known to.
func keeps(ctx context.Context, client redis.UniversalClient) error {
	m, err := memoryOf(ctx, client)
	if err != nil || m.limit == 0 || !strings.HasPrefix(m.policy, "allkeys-") {
		return nil //nolint:nilerr // whether it can be used is for others to say
	}
	return errors.New("config: REDIS_URL: this Redis would drop deadlines when its memory is full (maxmemory-policy " + m.policy +
		"): set its maxmemory-policy to noeviction")
}
