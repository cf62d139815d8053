package bench

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// schedule stores n holds in Redis that end in a day, each as the service has stored that of one order, and returns the bytes that they take.
func (l *lab) schedule(n int) (bytes int, err error) {
	options, err := redis.ParseURL(l.Redis.URL())
	if err != nil {
		return 0, err
	}
	client := redis.NewClient(options)
	defer client.Close() //nolint:errcheck // it has served its purpose
	order, err := l.order()
	if err != nil {
		return 0, err
	}
	var clone []func(p redis.Pipeliner, id string)
	keys, err := client.Keys(l.Context(), "*").Result()
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		switch kind, _ := client.Type(l.Context(), key).Result(); kind {
		case "zset":
			score, err := client.ZScore(l.Context(), key, order).Result()
			if err == nil {
				clone = append(clone, func(p redis.Pipeliner, id string) { p.ZAdd(l.Context(), key, redis.Z{Score: score + day, Member: id}) })
			}
		case "hash":
			value, err := client.HGet(l.Context(), key, order).Result()
			if err == nil {
				clone = append(clone, func(p redis.Pipeliner, id string) { p.HSet(l.Context(), key, id, value) })
			}
		}
	}
	if len(clone) == 0 {
		return 0, fmt.Errorf("order %s is nowhere in Redis: %v", order, keys)
	}
	before, err := memoryOf(l, client)
	if err != nil {
		return 0, err
	}
	const batch = 10_000
	for done := 0; done < n; done += batch {
		if _, err := client.Pipelined(l.Context(), func(p redis.Pipeliner) error {
			for range min(batch, n-done) {
				l.scheduled++
				for _, add := range clone {
					add(p, strconv.Itoa(1_000_000_000+l.scheduled))
				}
			}
			return nil
		}); err != nil {
			return 0, err
		}
	}
	after, err := memoryOf(l, client)
	return after - before, err
}

const day = 24 * 60 * 60 * 1000 // ms

// order places one, and returns its id once it is scheduled.
func (l *lab) order() (string, error) {
	first, count, err := l.offer(1)
	if err != nil {
		return "", err
	}
	last, err := one[int](l, "orders", `SELECT coalesce(max(id), 0) FROM orders`)
	if err != nil {
		return "", err
	}
	load := l.orders(first, count)
	load.For = 0
	if _, err = load.Run(); err != nil {
		return "", err
	}
	if err := l.ordersSettled(1, last, first); err != nil {
		return "", err
	}
	id, err := one[int](l, "orders", `SELECT max(id) FROM orders`)
	return strconv.Itoa(id), err
}

var usedMemory = regexp.MustCompile(`used_memory:(\d+)`)

func memoryOf(l *lab, client *redis.Client) (int, error) {
	info, err := client.Info(l.Context(), "memory").Result()
	if err != nil {
		return 0, err
	}
	found := usedMemory.FindStringSubmatch(strings.ReplaceAll(info, "\r", ""))
	if found == nil {
		return 0, fmt.Errorf("Redis does not say how much memory it uses")
	}
	return strconv.Atoi(found[1])
}
