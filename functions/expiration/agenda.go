package expiration

import (
	"context"
	_ "embed" // the scripts
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/event"
)

// The keys share a hash tag: on Redis Cluster they live in one slot, so that a script may use them together.
const (
	wakeKey     = "{expiration}:wake"     // sorted set: order id → when to look at it next, in Unix ms
	deadlineKey = "{expiration}:deadline" // hash: order id → deadline.String
	sequenceKey = "{expiration}:sequence" // counter: the last event's position
	readyKey    = "{expiration}:ready"    // written to see whether Redis takes writes
	earlierName = "{expiration}:earlier"  // channel: the first deadline has become an earlier one
)

var (
	//go:embed schedule.lua
	scheduleText string
	//go:embed claim.lua
	claimText string
	//go:embed settle.lua
	settleText string
	//go:embed forget.lua
	forgetText string

	// Redis caches a script by its hash; one that is not cached is sent in full.
	scheduleScript = redis.NewScript(scheduleText)
	claimScript    = redis.NewScript(claimText)
	settleScript   = redis.NewScript(settleText)
	forgetScript   = redis.NewScript(forgetText)
)

// agenda holds every open order's deadline, in Redis. Each of its methods is one atomic step.
type agenda struct {
	client     redis.UniversalClient
	signatures *event.Signatures // of the events of what is scheduled; nil: none
}

// schedule sets the deadlines of orders, each unless the order already has the same or a later one. If one is now the first of all,
// a message says so on the channel.
func (a agenda) schedule(ctx context.Context, deadlines []deadline) error {
	if len(deadlines) == 0 {
		return nil
	}
	args := []any{earlierName}
	for _, d := range deadlines {
		args = append(args, d.order, d.expiresAt.UnixMilli(), d.String())
	}
	return classify(scheduleScript.Run(ctx, a.client, []string{wakeKey, deadlineKey}, args...).Err())
}

// forget removes the deadlines of orders, where they have one.
func (a agenda) forget(ctx context.Context, orders []any) error {
	if len(orders) == 0 {
		return nil
	}
	return classify(forgetScript.Run(ctx, a.client, []string{wakeKey, deadlineKey}, orders...).Err())
}

// next returns when the first deadline passes or the first lease ends; ok is false if there is none.
func (a agenda) next(ctx context.Context) (at time.Time, ok bool, err error) {
	first, err := a.client.ZRangeWithScores(ctx, wakeKey, 0, 0).Result()
	if err != nil || len(first) == 0 {
		return time.Time{}, false, classify(err)
	}
	return time.UnixMilli(int64(first[0].Score)), true, nil
}

// pending counts the deadlines, for telemetry.Asked.
func (a agenda) pending(ctx context.Context) ([]float64, error) {
	n, err := a.client.ZCard(ctx, wakeKey).Result()
	return []float64{float64(n)}, err
}

// claim is a deadline that has passed, and the right to announce it until the lease ends.
type claim struct {
	deadline
	sequence int64
}

// claim leases at most limit deadlines that have passed at now. No other process gets them before until.
func (a agenda) claim(ctx context.Context, now, until time.Time, limit int) ([]claim, error) {
	found, err := claimScript.Run(ctx, a.client, []string{wakeKey, deadlineKey, sequenceKey},
		now.UnixMilli(), until.UnixMilli(), limit).StringSlice()
	if err != nil {
		return nil, classify(err)
	}
	claims := make([]claim, 0, len(found)/3)
	for one := range slices.Chunk(found, 3) {
		d, err := parseDeadline(one[0], one[1])
		if err != nil {
			return nil, err
		}
		sequence, err := strconv.ParseInt(one[2], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("expiration: sequence: %w", err)
		}
		claims = append(claims, claim{d, sequence})
	}
	return claims, nil
}

// settle ends leases. What was announced is removed; what was not (its error is not nil) is due again at again. An
// order that was extended or has ended meanwhile is left alone.
func (a agenda) settle(ctx context.Context, claims []claim, errs []error, again time.Time) error {
	args := make([]any, 0, 3*len(claims))
	for i, c := range claims {
		wake := ""
		if errs[i] != nil {
			wake = strconv.FormatInt(again.UnixMilli(), 10)
		}
		args = append(args, c.order, c.String(), wake)
	}
	return classify(settleScript.Run(ctx, a.client, []string{wakeKey, deadlineKey}, args...).Err())
}
