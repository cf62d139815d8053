// Package sns is the bus driver for Amazon SNS and SQS. It promises what bus.Driver asks for with one topic for all subjects, and one
// queue per group and subject, which the topic fills by a filter policy on the attribute "type". Beside each queue stands one for
// redrives: it gets what was received 1000 times and never settled, which happens only where a process crashes with it. All are created
// where they are missing, each time that the Bus connects; what exists keeps the operator's settings.
//
// Topic and queues are standard ones, not FIFO. The bus promises no order, consumers need none, and FIFO would cost two promises: a
// message that fails would hold up the others of its message group, and an event that is published again within five minutes, by a
// replay, would be dropped for a duplicate.
//
// It is weaker than a broker with a store of its own in two ways. A group gets nothing that was published before its queue was made:
// deploy consumers first, or replay the outbox. And a queue keeps a message for 14 days, then drops it, and Missed does not
// tell: watch ApproximateAgeOfOldestMessage. A queue is never full. There is no connection either: it is lost when a queue or
// the topic is gone or cannot be read.
package sns

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/gittix/ticketing/shared/bus"
)

// Config says which topic to use, and as whom.
type Config struct {
	AWS   aws.Config // region, credentials; BaseEndpoint for what stands in for AWS
	Topic string     // its name, or its ARN if it exists and may not be created; default: "ticketing"
}

// Driver makes connections to one topic.
type Driver struct{ cfg Config }

// New returns a driver. Nothing is connected yet.
func New(cfg Config) Driver {
	cfg.Topic = cmp.Or(cfg.Topic, "ticketing")
	return Driver{cfg}
}

// Connect implements bus.Driver. With a topic's ARN it asks nothing of AWS.
func (d Driver) Connect(ctx context.Context) (bus.Conn, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = connections
	cfg := d.cfg.AWS.Copy()
	cfg.HTTPClient = &http.Client{Transport: transport}
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} } // the Bus, and who publishes, try again
	c := &conn{topics: sns.NewFromConfig(cfg), queues: sqs.NewFromConfig(cfg), hangUp: transport.CloseIdleConnections, lost: make(chan error, 1)}
	if strings.HasPrefix(d.cfg.Topic, "arn:") {
		return c, c.use(d.cfg.Topic)
	}
	made, err := c.topics.CreateTopic(ctx, &sns.CreateTopicInput{Name: &d.cfg.Topic})
	if err != nil {
		c.hangUp()
		return nil, fmt.Errorf("%w: topic %s: %w", bus.ErrUnavailable, d.cfg.Topic, err)
	}
	return c, c.use(*made.TopicArn)
}

func (c *conn) use(topic string) (err error) {
	if c.topic, err = arn.Parse(topic); err != nil {
		return fmt.Errorf("sns: topic: %w", err)
	}
	return nil
}
