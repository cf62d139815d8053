package expiration

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/function"
)

const (
	deadKey     = "{expiration}:dead"       // sorted set: a letter as JSON, by its id
	lastDeadKey = "{expiration}:dead:count" // counter: the last letter's id
)

// deadLetters is the function.DeadLetters in Redis.
type deadLetters struct {
	client redis.UniversalClient
	now    func() time.Time
}

var _ function.DeadLetters = deadLetters{}

// Add stores a letter under the next id.
func (d deadLetters) Add(ctx context.Context, l function.DeadLetter) error {
	id, err := d.client.Incr(ctx, lastDeadKey).Result()
	if err != nil {
		return classify(err)
	}
	l.ID, l.At = id, d.now().UTC()
	b, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("expiration: dead letter: %w", err)
	}
	return classify(d.client.ZAdd(ctx, deadKey, redis.Z{Score: float64(id), Member: b}).Err())
}

// List returns at most limit letters with an id above after, oldest first.
func (d deadLetters) List(ctx context.Context, after int64, limit int) ([]function.DeadLetter, error) {
	found, err := d.client.ZRangeArgs(ctx, redis.ZRangeArgs{
		Key: deadKey, ByScore: true, Start: "(" + strconv.FormatInt(after, 10), Stop: "+inf", Count: int64(limit)}).Result()
	if err != nil {
		return nil, classify(err)
	}
	letters := make([]function.DeadLetter, len(found))
	for i, text := range found {
		if err := json.Unmarshal([]byte(text), &letters[i]); err != nil {
			return nil, fmt.Errorf("expiration: dead letter: %w", err)
		}
	}
	return letters, nil
}

func (d deadLetters) count(ctx context.Context) (int64, error) {
	return d.client.ZCard(ctx, deadKey).Result()
}

// Remove deletes a letter.
func (d deadLetters) Remove(ctx context.Context, id int64) error {
	score := strconv.FormatInt(id, 10)
	return classify(d.client.ZRemRangeByScore(ctx, deadKey, score, score).Err())
}
