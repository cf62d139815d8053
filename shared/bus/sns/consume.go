package sns

import (
	"context"
	"encoding/base64"
	"fmt"
	"hash/fnv"
	"math"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/gittix/ticketing/shared/bus"
)

const (
	longPoll     = 20 * time.Second // for one request for messages: each costs money
	answerWithin = 5 * time.Second  // after that, or for any other request
	mostAtOnce   = 10               // messages of one request
)

// Consume implements bus.Conn.
func (c *conn) Consume(ctx context.Context, want bus.ConsumerConfig, receive func(bus.Message)) (bus.Consumer, error) {
	url, err := c.queue(ctx, want.Group, want.Subject)
	if err != nil {
		return nil, fmt.Errorf("sns: %w", err)
	}
	c.mu.Lock()
	c.joined = append(c.joined, url)
	c.mu.Unlock()
	polling, halt := context.WithCancel(context.Background())
	q := &consumer{conn: c, url: url, hidden: seconds(want.AckWait), slots: make(chan struct{}, want.Concurrency), receive: receive, halt: halt, ended: make(chan struct{})}
	go q.poll(polling)
	return q, nil
}

// consumer asks for as many messages as handlers are free, so that none waits in this process while another member is idle.
type consumer struct {
	conn    *conn
	url     string
	hidden  int32 // seconds that a message is hidden from others
	slots   chan struct{}
	receive func(bus.Message)
	halt    context.CancelFunc
	ended   chan struct{}
}

// Missed implements bus.Consumer. SQS does not tell what it has dropped.
func (q *consumer) Missed() bool { return false }

// Halt implements bus.Consumer. What is on its way comes again, to another member.
func (q *consumer) Halt() { q.halt() }

// Close implements bus.Consumer. The queue stays.
func (q *consumer) Close(ctx context.Context) error {
	select {
	case <-q.ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (q *consumer) poll(ctx context.Context) {
	defer close(q.ended)
	for {
		free := q.free(ctx)
		if free == 0 {
			return
		}
		messages, err := q.request(ctx, free)
		for range free - len(messages) {
			<-q.slots
		}
		for _, m := range messages {
			go func() {
				defer func() { <-q.slots }()
				q.receive(m)
			}()
		}
		if err != nil {
			if ctx.Err() == nil {
				q.conn.lose(err)
			}
			return
		}
	}
}

// free takes a slot, and more if there are any, and returns how many; 0 when ctx has ended.
func (q *consumer) free(ctx context.Context) int {
	select {
	case q.slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		if n == mostAtOnce {
			return n
		}
		select {
		case q.slots <- struct{}{}:
		default:
			return n
		}
	}
}

func (q *consumer) request(ctx context.Context, most int) ([]bus.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, longPoll+answerWithin)
	defer cancel()
	answer, err := q.conn.queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: int32(most), WaitTimeSeconds: seconds(longPoll), VisibilityTimeout: q.hidden,
		MessageAttributeNames: []string{EncodingAttribute},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameSentTimestamp,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	messages := make([]bus.Message, len(answer.Messages))
	for i, m := range answer.Messages {
		if messages[i], err = q.translate(m); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

func (q *consumer) translate(m types.Message) (bus.Message, error) {
	data := []byte(*m.Body)
	if _, encoded := m.MessageAttributes[EncodingAttribute]; encoded {
		var err error
		if data, err = base64.StdEncoding.DecodeString(*m.Body); err != nil {
			data = []byte(*m.Body) // not ours: its consumer refuses it
		}
	}
	attempt, err := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if err != nil {
		return bus.Message{}, fmt.Errorf("message without a count: %w", err)
	}
	sent, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	if err != nil {
		return bus.Message{}, fmt.Errorf("message without a time: %w", err)
	}
	id := fnv.New64a()
	_, _ = id.Write([]byte(*m.MessageId)) // never fails
	return bus.Message{
		ID: id.Sum64(), Attempt: attempt, At: time.UnixMilli(sent), Data: data,
		Ack: func() error {
			ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
			defer cancel()
			_, err := q.conn.queues.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: m.ReceiptHandle})
			return err
		},
		Retry: func(after time.Duration) error {
			ctx, cancel := context.WithTimeout(context.Background(), answerWithin)
			defer cancel()
			_, err := q.conn.queues.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &q.url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: seconds(after)})
			return err
		},
	}, nil
}

// seconds rounds up.
func seconds(d time.Duration) int32 { return int32(math.Ceil(d.Seconds())) }
