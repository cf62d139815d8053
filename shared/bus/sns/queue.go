package sns

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	longestName = 80        // of a queue
	retention   = "1209600" // seconds: 14 days, the longest there is
	mostTries   = 1000      // receives, the most there is: the Bus counts failures, and this those that it never saw
)

// queue returns the URL of a group's queue, which the topic fills from now on.
func (c *conn) queue(ctx context.Context, group, subject string) (string, error) {
	name := queueName(c.topic.Resource, group, subject)
	url, err := c.ensureQueue(ctx, name, func() (map[string]string, error) {
		redrive := name + redriveSuffix
		if _, err := c.ensureQueue(ctx, redrive, func() (map[string]string, error) {
			return map[string]string{string(types.QueueAttributeNameMessageRetentionPeriod): retention}, nil
		}); err != nil {
			return nil, err
		}
		return c.attributes(name, redrive)
	})
	if err != nil {
		return "", err
	}
	policy, err := json.Marshal(map[string][]string{TypeAttribute: {subject}})
	if err != nil {
		return "", err
	}
	_, err = c.topics.Subscribe(ctx, &sns.SubscribeInput{
		TopicArn: aws.String(c.topic.String()), Protocol: aws.String("sqs"), Endpoint: aws.String(c.queueARN(name)),
		Attributes: map[string]string{"RawMessageDelivery": "true", "FilterPolicy": string(policy)},
	})
	if err != nil {
		return "", fmt.Errorf("subscription of %s: %w", name, err)
	}
	return url, nil
}

// ensureQueue returns the URL of a queue, and creates it with attributes if it is missing.
func (c *conn) ensureQueue(ctx context.Context, name string, attributes func() (map[string]string, error)) (string, error) {
	found, err := c.queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err == nil {
		return *found.QueueUrl, nil
	}
	var missing *types.QueueDoesNotExist
	if !errors.As(err, &missing) {
		return "", fmt.Errorf("queue %s: %w", name, err)
	}
	wanted, err := attributes()
	if err != nil {
		return "", err
	}
	made, err := c.queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &name, Attributes: wanted})
	if err != nil {
		return "", fmt.Errorf("queue %s: %w", name, err)
	}
	return *made.QueueUrl, nil
}

// attributes are those of a group's queue: the topic, and no other, may send to it.
func (c *conn) attributes(name, redrive string) (map[string]string, error) {
	policy, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": map[string]any{
		"Effect": "Allow", "Principal": map[string]string{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": c.queueARN(name),
		"Condition": map[string]any{"ArnEquals": map[string]string{"aws:SourceArn": c.topic.String()}},
	}})
	if err != nil {
		return nil, err
	}
	again, err := json.Marshal(map[string]any{"deadLetterTargetArn": c.queueARN(redrive), "maxReceiveCount": mostTries})
	if err != nil {
		return nil, err
	}
	return map[string]string{
		string(types.QueueAttributeNameMessageRetentionPeriod): retention,
		string(types.QueueAttributeNamePolicy):                 string(policy),
		string(types.QueueAttributeNameRedrivePolicy):          string(again),
	}, nil
}

func (c *conn) queueARN(name string) string {
	queue := c.topic
	queue.Service, queue.Resource = "sqs", name
	return queue.String()
}

const redriveSuffix = "-redrive"

// queueName is different for every topic, group and subject, whatever signs they share: its end is a hash of all.
func queueName(topic, group, subject string) string {
	sum := sha256.Sum256([]byte(topic + "\n" + group + "\n" + subject))
	end := "-" + hex.EncodeToString(sum[:4])
	readable := strings.ReplaceAll(topic+"-"+group+"-"+subject, ".", "-")
	return readable[:min(len(readable), longestName-len(end)-len(redriveSuffix))] + end
}
