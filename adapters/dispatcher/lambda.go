package dispatcher

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"github.com/gittix/ticketing/shared/event"
)

// newLambdaClient finds region and credentials as every AWS program does. It does not connect. It asks once:
// asking again is the deliverer's part.
func newLambdaClient(ctx context.Context, endpoint string) (*lambda.Client, error) {
	cfg, err := awsconfig.LoadDefaultConfig(ctx,
		awsconfig.WithRetryer(func() aws.Retryer { return aws.NopRetryer{} }),
		awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, connections
		})))
	if err != nil {
		return nil, fmt.Errorf("AWS: %w", err)
	}
	if cfg.Region == "" {
		return nil, errors.New("AWS: no region: set AWS_REGION")
	}
	return lambda.NewFromConfig(cfg, func(o *lambda.Options) {
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	}), nil
}

// batch is what a function is invoked with, as adapters/lambda takes it.
type batch struct {
	Consumer string        `json:"consumer"`
	Events   []event.Event `json:"events"`
}

// batchAnswer names the events that must come again. It is never null.
type batchAnswer struct {
	Failures []struct {
		ID        string `json:"itemIdentifier"`
		Temporary bool   `json:"temporary"` // the consumer lacks what it depends on
	} `json:"batchItemFailures"`
}

// lambdaFunction is a target that is invoked, and waited for, with a batch of one.
type lambdaFunction struct {
	name     string // or ARN, with version or alias
	consumer string
	client   *lambda.Client
}

func (f lambdaFunction) deliver(ctx context.Context, e event.Event) error {
	payload, err := json.Marshal(batch{f.consumer, []event.Event{e}})
	if err != nil {
		return unavailable{cause: err}
	}
	answer, err := f.client.Invoke(ctx, &lambda.InvokeInput{FunctionName: &f.name, Payload: payload})
	if err != nil {
		return unavailable{err, throttled(err)}
	}
	if answer.FunctionError != nil { // Lambda's word: of a start that fails, a time limit, a crash; what the consumer fails is in the answer
		return unavailable{cause: fmt.Errorf("lambda %s: %s: %s", f.name, *answer.FunctionError, excerpt(answer.Payload))}
	}
	return f.read(answer.Payload)
}

// throttled returns how long Lambda asks to be left alone.
func throttled(err error) time.Duration {
	var t *types.TooManyRequestsException
	if !errors.As(err, &t) || t.RetryAfterSeconds == nil {
		return 0
	}
	seconds, err := strconv.Atoi(*t.RetryAfterSeconds)
	if err != nil {
		return 0 // it comes with the usual pause
	}
	return time.Duration(seconds) * time.Second
}

// read takes nothing for "done" but the answer of a function that knows of batches: another function may
// have been named by mistake.
func (f lambdaFunction) read(payload []byte) error {
	var answer batchAnswer
	if err := json.Unmarshal(payload, &answer); err != nil || answer.Failures == nil {
		return unavailable{cause: fmt.Errorf("lambda %s: not the answer to a batch: %s", f.name, excerpt(payload))}
	}
	if len(answer.Failures) == 0 {
		return nil
	}
	failure := fmt.Errorf("lambda %s: the consumer failed; its log says why", f.name)
	if answer.Failures[0].Temporary {
		return unavailable{cause: failure}
	}
	return failure
}

// excerpt is what a log or a dead letter shows of an answer.
func excerpt(b []byte) string { return string(b[:min(len(b), 300)]) }
