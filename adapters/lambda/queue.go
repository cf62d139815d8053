package lambda

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

const (
	storeWithin = margin / 2  // for a dead letter, after the time of its event: less than the margin
	hideWithin  = time.Second // for messages that are to be hidden: a new process connects to SQS first
	// longestRetry is how long a message that fails again and again is hidden. A queue gives up after a number of receives: that must
	// take longer than BUS_GIVE_UP.
	longestRetry = 2 * time.Minute
)

// record is a message of an SQS queue.
type record struct {
	EventSource       string               `json:"eventSource"`
	MessageID         string               `json:"messageId"`
	Receipt           string               `json:"receiptHandle"`
	Queue             string               `json:"eventSourceARN"`
	Body              string               `json:"body"`
	MessageAttributes map[string]attribute `json:"messageAttributes"`
	Attributes        struct {
		Receives string `json:"ApproximateReceiveCount"`
		Sent     string `json:"SentTimestamp"` // Unix ms
	} `json:"attributes"`
}

// attribute of a message: a queue and a topic spell it differently.
type attribute struct {
	OfQueue string `json:"stringValue"`
	OfTopic string `json:"Value"`
}

// envelope is what SNS, without raw message delivery, and EventBridge wrap an event in.
type envelope struct {
	Type              string               `json:"Type"`
	Message           *string              `json:"Message"`
	MessageAttributes map[string]attribute `json:"MessageAttributes"`
	DetailType        string               `json:"detail-type"`
	Detail            json.RawMessage      `json:"detail"`
}

// event is what was published. Of anything else it is what came, which no consumer takes for an event.
func (r record) event() []byte {
	var e envelope
	err := json.Unmarshal([]byte(r.Body), &e) // else it is no envelope
	switch {
	case err == nil && e.Type == "Notification" && e.Message != nil:
		return decoded(*e.Message, e.MessageAttributes)
	case err == nil && e.DetailType != "" && e.Detail != nil:
		return e.Detail
	}
	return decoded(r.Body, r.MessageAttributes)
}

// decoded undoes what package bus/sns does to a message that a queue would not take.
func decoded(body string, attributes map[string]attribute) []byte {
	encoding := attributes["encoding"]
	if encoding.OfQueue != "base64" && encoding.OfTopic != "base64" {
		return []byte(body)
	}
	data, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		return []byte(body)
	}
	return data
}

// queuedEvent is an event that came by a queue, and whose it is.
type queuedEvent struct {
	record   record
	data     []byte
	consumer function.Consumer
}

// consumeQueued gives the events of a batch from a queue to their consumers. Failures are counted by the queue alone: see isLast.
func (a *Adapter) consumeQueued(ctx context.Context, records []record) ([]byte, error) {
	if len(a.service.Consumers) == 0 {
		return nil, errors.New("lambda: this function consumes no events")
	}
	var alone []queuedEvent // those that are not done together
	for _, c := range a.service.Consumers {
		var its []queuedEvent
		for _, r := range records {
			if data := r.event(); a.consumerOf(data).Name == c.Name {
				its = append(its, queuedEvent{r, data, c})
			}
		}
		if !a.consumeTogether(ctx, c, its) {
			alone = append(alone, its...)
		}
	}
	return a.each(len(alone), func(i int) *batchFailure { return a.consumeAlone(ctx, alone[i]) })
}

// consumerOf returns the consumer of an event: of what is of no consumer's type, or no event, the first one, which says so.
func (a *Adapter) consumerOf(data []byte) function.Consumer {
	all := a.service.Consumers
	if e, err := event.Decode(data); err == nil {
		for _, c := range all {
			if c.Consumes(e.Type()) == nil {
				return c
			}
		}
	}
	return all[0]
}

func (a *Adapter) consumeTogether(ctx context.Context, c function.Consumer, all []queuedEvent) bool {
	events := make([][]byte, len(all))
	for i, e := range all {
		events[i] = e.data
	}
	return a.runner.ConsumeTogether(ctx, a.service, c, events)
}

func (a *Adapter) consumeAlone(ctx context.Context, e queuedEvent) *batchFailure {
	failure := a.consumeOne(ctx, e.consumer, e.data)
	if failure == nil {
		return nil
	}
	if a.isLast(e.record, failure) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeWithin)
		defer cancel()
		if err := a.runner.DeadLetter(ctx, a.service, e.consumer, e.data, failure.reason); err == nil || function.IsReject(err) {
			return nil
		}
	}
	a.sender.postpone(ctx, e.record, failure.after)
	return &batchFailure{ID: e.record.MessageID}
}

// hider is a connection that has a queue hide a message for a while.
type hider interface {
	Hide(ctx context.Context, queue, receipt string, d time.Duration) error
}

// retryAfter is how long a message that has failed so often is hidden.
func retryAfter(receives int) time.Duration {
	return min(time.Second<<min(max(receives, 1)-1, 10), longestRetry)
}

// postpone lets a message come again when its consumer asks for it, and the later the more often it has failed. Where that cannot be
// said, the queue's own time applies.
func (s *sender) postpone(ctx context.Context, r record, after time.Duration) {
	queue, ok := s.conn.(hider)
	if !ok {
		return
	}
	receives, err := strconv.Atoi(r.Attributes.Receives)
	if err != nil {
		receives = 1
	}
	after = max(after, retryAfter(receives))
	ctx, cancel := context.WithTimeout(ctx, hideWithin)
	defer cancel()
	if err := queue.Hide(ctx, r.Queue, r.Receipt, after); err != nil {
		s.relay.Log.WarnContext(ctx, "a message comes again at the queue's own time", "error", err)
	}
}

// retrySoon lets messages that were done, and come again since their events could not be sent, do so before the queue's own time.
func (a *Adapter) retrySoon(ctx context.Context, records []record, answer []byte) {
	var failed batchAnswer
	if err := json.Unmarshal(answer, &failed); err != nil {
		return // of no queue
	}
	ctx, cancel := context.WithTimeout(ctx, hideWithin)
	defer cancel()
	for _, r := range records {
		if !slices.ContainsFunc(failed.Failures, func(f batchFailure) bool { return f.ID == r.MessageID }) {
			a.sender.postpone(ctx, r, 0)
		}
	}
}

// isLast reports whether an event has failed too often, or, where what it needs is away, for too long. The queue counts each time that
// it gave the event, whatever came of it. One that is to wait for longer than any pause has not failed: it is hidden for twelve hours at
// most, and so comes several times.
func (a *Adapter) isLast(r record, f *batchFailure) bool {
	receives, err := strconv.Atoi(r.Attributes.Receives)
	if err != nil || receives < a.settings.MaxDeliveries || f.after > longestPause {
		return false
	}
	sent, err := strconv.ParseInt(r.Attributes.Sent, 10, 64)
	return !f.Temporary || err == nil && time.Since(time.UnixMilli(sent)) > a.settings.GiveUp
}

// consumeBridged gives the consumer the event that EventBridge brings. An error is for EventBridge, which tries again.
func (a *Adapter) consumeBridged(ctx context.Context, detail []byte) ([]byte, error) {
	c, err := a.consumer("")
	if err != nil {
		return nil, err
	}
	if failure := a.consumeOne(ctx, c, detail); failure != nil {
		return nil, fmt.Errorf("lambda: %s: event %s comes again: %w", c.Name, failure.ID, failure.reason)
	}
	return json.Marshal(batchAnswer{Failures: []batchFailure{}})
}
