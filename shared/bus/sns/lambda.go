package sns

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"github.com/gittix/ticketing/shared/bus"
)

// Lambda returns a connection to the topic of a URL, sns:///arn:aws:sns:<region>:<account>:<name>, with the credentials that Lambda gives
// a function in its environment. It asks nothing of AWS. AWS_ENDPOINT_URL_SNS and AWS_ENDPOINT_URL name what stands in for it.
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
	if endpoint := cmp.Or(environment("AWS_ENDPOINT_URL_SNS"), environment("AWS_ENDPOINT_URL")); endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	return New(Config{AWS: cfg, Topic: name}).Connect(context.Background())
}
