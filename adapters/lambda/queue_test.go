package lambda

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/timestamp"
)

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// wrapped are the ways in which an event comes from AWS, by aws-lambda-go's own types.
var wrapped = map[string]func(testing.TB, []byte) events.SQSMessage{
	"raw": func(_ testing.TB, e []byte) events.SQSMessage { return events.SQSMessage{Body: string(e)} },
	"raw in base64": func(_ testing.TB, e []byte) events.SQSMessage {
		encoding := "base64"
		return events.SQSMessage{Body: base64.StdEncoding.EncodeToString(e), MessageAttributes: map[string]events.SQSMessageAttribute{"encoding": {DataType: "String", StringValue: &encoding}}}
	},
	"SNS": func(t testing.TB, e []byte) events.SQSMessage {
		return events.SQSMessage{Body: string(encode(t, events.SNSEntity{Type: "Notification", Message: string(e), TopicArn: "arn:aws:sns:eu-west-1:1:ticketing"}))}
	},
	"SNS in base64": func(t testing.TB, e []byte) events.SQSMessage {
		return events.SQSMessage{Body: string(encode(t, events.SNSEntity{Type: "Notification", Message: base64.StdEncoding.EncodeToString(e),
			MessageAttributes: map[string]any{"encoding": map[string]string{"Type": "String", "Value": "base64"}}}))}
	},
	"EventBridge": func(t testing.TB, e []byte) events.SQSMessage {
		return events.SQSMessage{Body: string(encode(t, events.EventBridgeEvent{Version: "0", DetailType: "event", Source: "ticketing", Detail: e}))}
	},
}

// queue is a payload of messages that came that often, of that age.
func queue(t testing.TB, receives int, age time.Duration, messages ...events.SQSMessage) []byte {
	t.Helper()
	for i := range messages {
		m := &messages[i]
		m.MessageId, m.ReceiptHandle = fmt.Sprint("message-", i), fmt.Sprint("receipt-", i)
		m.EventSource, m.EventSourceARN = "aws:sqs", "arn:aws:sqs:eu-west-1:1:consume"
		m.Attributes = map[string]string{"ApproximateReceiveCount": strconv.Itoa(receives), "SentTimestamp": strconv.FormatInt(time.Now().Add(-age).UnixMilli(), 10)}
	}
	return encode(t, events.SQSEvent{Records: messages})
}

func titled(t testing.TB, titles ...string) (all []events.SQSMessage) {
	t.Helper()
	for i, title := range titles {
		e := functiontest.EventWithID(t, fmt.Sprint(i), event.TicketCreated, event.Ticket{ID: 1, UserID: 1, Title: title, Price: 100})
		all = append(all, wrapped["raw"](t, encode(t, e)))
	}
	return all
}

// queuePlatform delivers by a queue, or else by EventBridge itself.
type queuePlatform struct {
	platform
	t    testing.TB
	wrap func(testing.TB, []byte) events.SQSMessage
}

func (p queuePlatform) Deliver(ctx context.Context, e []byte) error {
	if p.wrap == nil {
		_, err := p.adapter.Invoke(ctx, encode(p.t, events.EventBridgeEvent{Version: "0", DetailType: "event", Source: "ticketing", Detail: e}))
		return err
	}
	answer, err := p.adapter.Invoke(ctx, queue(p.t, 1, 0, p.wrap(p.t, e)))
	if err == nil && string(answer) != `{"batchItemFailures":[]}` {
		err = errors.New(string(answer))
	}
	return err
}

// TestAdapterOfQueues: consumers fare with events from queues and from EventBridge as they do on every platform.
func TestAdapterOfQueues(t *testing.T) {
	t.Parallel()
	front := lambdatest.Fronts["HTTP API"]
	for name, wrap := range wrapped {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			adaptertest.Run(t, behind(front, wrap))
		})
	}
	t.Run("EventBridge itself", func(t *testing.T) {
		t.Parallel()
		adaptertest.Run(t, behind(front, nil))
	})
}

func behind(front lambdatest.Front, wrap func(testing.TB, []byte) events.SQSMessage) adaptertest.Harness {
	h := harness(front)
	start := h.Start
	h.Start = func(t testing.TB, s function.Service, timeout time.Duration) adaptertest.Platform {
		return queuePlatform{start(t, s, timeout).(platform), t, wrap}
	}
	return h
}

// TestQueueOutcomes: the answer names the messages that must come again, and no others. What failed too often, or for too long, is among the
// dead letters.
func TestQueueOutcomes(t *testing.T) {
	t.Parallel()
	newer := event.Draft{ID: "n", Type: "news.sent", Data: []byte(`{}`), Signature: "AAAA"}.At(1, time.Now())
	for name, c := range map[string]struct {
		messages []events.SQSMessage
		receives int
		age      time.Duration
		again    string
		dead     int32
	}{
		"some":               {titled(t, "done", "retry", "reject", "panic", "done", "away"), 1, 0, `{"itemIdentifier":"message-1"},{"itemIdentifier":"message-3"},{"itemIdentifier":"message-5"}`, 1},
		"not yet too often":  {titled(t, "retry"), 2, 48 * time.Hour, `{"itemIdentifier":"message-0"}`, 0},
		"too often":          {titled(t, "retry", "panic", "done"), 3, 0, ``, 2},
		"away, often":        {titled(t, "away"), 1000, 23 * time.Hour, `{"itemIdentifier":"message-0"}`, 0},
		"away, too long":     {titled(t, "away"), 3, 25 * time.Hour, ``, 1},
		"away, old, at once": {titled(t, "away"), 1, 25 * time.Hour, `{"itemIdentifier":"message-0"}`, 0},
		"of a newer version": {[]events.SQSMessage{wrapped["raw"](t, encode(t, newer))}, 1, 0, `{"itemIdentifier":"message-0"}`, 0},
		"no event":           {[]events.SQSMessage{{Body: "hello"}, {Body: "{}"}, {Body: `{"Type":"Notification"}`}}, 1, 0, ``, 0},
	} {
		dead := &letters{}
		service := twice(asTitled, nil, nil)
		service.DeadLetters = dead
		service.Consumers = service.Consumers[:1]
		a := open(t, service, config.Values{"BATCH_CONCURRENCY": "3", "BUS_MAX_DELIVERIES": "3"})
		answer, err := a.Invoke(t.Context(), queue(t, c.receives, c.age, c.messages...))
		if want := `{"batchItemFailures":[` + c.again + `]}`; err != nil || string(answer) != want {
			t.Errorf("%s: answered %s, %v, want %s", name, answer, err, want)
		}
		if n := dead.added.Load(); n != c.dead {
			t.Errorf("%s: %d dead letters, want %d", name, n, c.dead)
		}
	}
}

// TestHangingEventOfAQueue: an event that takes all the time there is goes to the dead letters at last, too.
func TestHangingEventOfAQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dead := &letters{}
		service := twice(func(ctx context.Context, _ event.Ticket) error { <-ctx.Done(); return ctx.Err() }, nil, nil)
		service.DeadLetters = dead
		service.Consumers = service.Consumers[:1]
		a := open(t, service, config.Values{})
		ctx, cancel := context.WithTimeout(t.Context(), 2*margin)
		defer cancel()
		answer, err := a.Invoke(ctx, queue(t, 10, 25*time.Hour, titled(t, "x")...))
		if err != nil || string(answer) != `{"batchItemFailures":[]}` || dead.added.Load() != 1 || ctx.Err() != nil {
			t.Errorf("answered %s, %v, %d dead letters, %v", answer, err, dead.added.Load(), ctx.Err())
		}
	})
}

// TestQueueBatch: a consumer that handles events together gets those of a batch at once. If it fails with them, or one is not for it, each
// has its own outcome.
func TestQueueBatch(t *testing.T) {
	t.Parallel()
	newer := wrapped["raw"](t, encode(t, event.Draft{ID: "n", Type: "news.sent", Data: []byte(`{}`), Signature: "AAAA"}.At(1, time.Now())))
	for name, c := range map[string]struct {
		messages []events.SQSMessage
		again    string
		calls    []int // of events each
	}{
		"all":             {titled(t, "done", "done", "done"), ``, []int{3}},
		"alone":           {titled(t, "done"), ``, []int{1}},
		"one fails":       {titled(t, "done", "retry", "done"), `{"itemIdentifier":"message-1"}`, []int{3, 1, 1, 1}},
		"one panics":      {titled(t, "done", "panic", "done"), `{"itemIdentifier":"message-1"}`, []int{3, 1, 1, 1}},
		"one is rejected": {titled(t, "reject", "done"), ``, []int{2, 1, 1}},
		"one is newer":    {append(titled(t, "done", "done"), newer), `{"itemIdentifier":"message-2"}`, []int{1, 1}},
		"one is none":     {append(titled(t, "done"), events.SQSMessage{Body: "hello"}), ``, []int{1}},
	} {
		var calls []int
		consumer := function.OnBatch("consume", func(ctx context.Context, tickets []event.Ticket) error {
			calls = append(calls, len(tickets))
			for _, ticket := range tickets {
				if err := asTitled(ctx, ticket); err != nil {
					return err
				}
			}
			return nil
		}, event.TicketCreated)
		a := open(t, function.Service{Name: "test", Consumers: []function.Consumer{consumer}, DeadLetters: &letters{}}, config.Values{"BATCH_CONCURRENCY": "1"})
		answer, err := a.Invoke(t.Context(), queue(t, 1, 0, c.messages...))
		if want := `{"batchItemFailures":[` + c.again + `]}`; err != nil || string(answer) != want || !slices.Equal(calls, c.calls) {
			t.Errorf("%s: answered %s, %v, want %s; calls of %v events, want %v", name, answer, err, want, calls, c.calls)
		}
	}
}

// TestQueueOfAService: where a queue holds the events of several consumers, each goes to the one of its type, and failures are the
// message's as ever.
func TestQueueOfAService(t *testing.T) {
	t.Parallel()
	var tickets, orders atomic.Int32
	service := function.Service{Name: "test", DeadLetters: &letters{}, Consumers: []function.Consumer{
		function.OnBatch("tickets", func(_ context.Context, all []event.Ticket) error { tickets.Add(int32(len(all))); return nil }, event.TicketCreated),
		function.On("orders", func(_ context.Context, o event.Order) error {
			if orders.Add(1); o.ID == 2 {
				return apierror.Unavailable(errors.New("away"))
			}
			return nil
		}, event.OrderCreated, event.OrderUpdated),
	}}
	messages := titled(t, "a", "b")
	for id := range int32(3) {
		e := functiontest.EventWithID(t, fmt.Sprint("o", id), event.OrderUpdated, event.Order{ID: id + 1, UserID: 1, TicketID: 1, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(time.Now())})
		messages = append(messages, wrapped["raw"](t, encode(t, e)))
	}
	a := open(t, service, config.Values{})
	answer, err := a.Invoke(t.Context(), queue(t, 1, 0, messages...))
	if want := `{"batchItemFailures":[{"itemIdentifier":"message-3"}]}`; err != nil || string(answer) != want || tickets.Load() != 2 || orders.Load() != 3 {
		t.Errorf("answered %s, %v, want %s; %d tickets, %d orders", answer, err, want, tickets.Load(), orders.Load())
	}
}
