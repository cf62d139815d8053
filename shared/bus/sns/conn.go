package sns

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/gittix/ticketing/shared/bus"
)

// connections are kept open to AWS: as many as a relay publishes events at once.
const connections = 64

// The attributes of a message.
const (
	TypeAttribute     = "type"     // its subject: what filter policies choose by
	EncodingAttribute = "encoding" // "base64" of a message that is no text; else there is none
)

// conn is a topic, and the queues that were joined.
type conn struct {
	topics *sns.Client
	queues *sqs.Client
	topic  arn.ARN
	hangUp func()
	lost   chan error

	mu     sync.Mutex
	joined []string // the queues' URLs
}

// lose reports that the topic or a queue cannot be used. The first reason counts.
func (c *conn) lose(reason error) {
	select {
	case c.lost <- reason:
	default:
	}
}

// Publish implements bus.Conn. A message is at most 256 KiB, which no event exceeds: see event.MaxData.
func (c *conn) Publish(ctx context.Context, subject string, data []byte) error {
	message, attributes := string(data), map[string]snstypes.MessageAttributeValue{TypeAttribute: text(subject)}
	if !sendable(message) {
		message, attributes[EncodingAttribute] = base64.StdEncoding.EncodeToString(data), text("base64")
	}
	_, err := c.topics.Publish(ctx, &sns.PublishInput{TopicArn: aws.String(c.topic.String()), Message: &message, MessageAttributes: attributes})
	var missing *snstypes.NotFoundException
	var invalid *snstypes.InvalidParameterException
	var tooLarge *snstypes.InvalidParameterValueException
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &invalid), errors.As(err, &tooLarge):
		return err
	case errors.As(err, &missing):
		c.lose(err)
	}
	return fmt.Errorf("%w: %w", bus.ErrUnavailable, err)
}

func text(value string) snstypes.MessageAttributeValue {
	return snstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
}

// sendable reports whether a queue takes a message as it is: the characters of XML 1.0 alone.
func sendable(message string) bool {
	return utf8.ValidString(message) && !strings.ContainsFunc(message, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

// Err implements bus.Conn.
func (c *conn) Err() error { return nil }

// Lost implements bus.Conn.
func (c *conn) Lost() <-chan error { return c.lost }

// Close implements bus.Conn.
func (c *conn) Close(context.Context) error {
	c.hangUp()
	return nil
}

// Store implements bus.Conn. The store has no bound.
func (c *conn) Store(ctx context.Context) (bus.Store, error) {
	c.mu.Lock()
	queues := c.joined
	c.mu.Unlock()
	var store bus.Store
	for _, queue := range queues {
		names := []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameApproximateNumberOfMessages, sqstypes.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
		found, err := c.queues.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &queue, AttributeNames: names})
		if err != nil {
			return bus.Store{}, fmt.Errorf("sns: queue: %w", err)
		}
		var waiting int64
		for _, name := range names {
			n, err := strconv.ParseInt(found.Attributes[string(name)], 10, 64)
			if err != nil {
				return bus.Store{}, fmt.Errorf("sns: queue: %s: %w", name, err)
			}
			waiting += n
		}
		store.Waiting = max(store.Waiting, waiting)
	}
	return store, nil
}
