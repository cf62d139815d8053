package sns

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/gittix/ticketing/shared/bus"
)

// Lambda returns a connection to the topic of a URL, sns:///arn:aws:sns:<region>:<account>:<name>, with the credentials that Lambda gives
// a function in its environment. It asks nothing of AWS. AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SNS and AWS_ENDPOINT_URL_SQS name what stands in
// for it.
func Lambda(url string, environment func(name string) string) (bus.Conn, error) {
	name, ok := strings.CutPrefix(url, "sns:///")
	topic, err := arn.Parse(name)
	if !ok || err != nil || topic.Service != "sns" || topic.Region == "" {
		return nil, errors.New("want sns:///arn:aws:sns:<region>:<account>:<topic>")
	}
	cfg := aws.Config{
		Region: topic.Region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: environment("AWS_ACCESS_KEY_ID"), SecretAccessKey: environment("AWS_SECRET_ACCESS_KEY"), SessionToken: environment("AWS_SESSION_TOKEN")}, nil
		}),
	}
	endpoint := func(service string) *string {
		if url := cmp.Or(environment("AWS_ENDPOINT_URL_"+service), environment("AWS_ENDPOINT_URL")); url != "" {
			return &url
		}
		return nil
	}
	made, err := New(Config{AWS: cfg, Topic: name}).Connect(context.Background())
	if err != nil {
		return nil, err
	}
	c := made.(*conn)
	c.topics = sns.New(c.topics.Options(), func(o *sns.Options) { o.BaseEndpoint = endpoint("SNS") })
	c.queues = sqs.New(c.queues.Options(), func(o *sqs.Options) { o.BaseEndpoint = endpoint("SQS") })
	return c, nil
}

const longestHidden = 12 * time.Hour

// Hide has a queue, by its ARN, give a message again after d, or after twelve hours, which is the most that there is.
func (c *conn) Hide(ctx context.Context, queue, receipt string, d time.Duration) error {
	q, err := arn.Parse(queue)
	if err != nil {
		return err
	}
	url := fmt.Sprintf("https://sqs.%s.amazonaws.com/%s/%s", q.Region, q.AccountID, q.Resource)
	_, err = c.queues.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: &receipt, VisibilityTimeout: seconds(min(d, longestHidden))})
	return err
}
