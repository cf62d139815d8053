// Package onetime has EventBridge Scheduler run the schedules of a service once, at a time, where no clock should run while the service is idle.
//
// Its promise: each run is planned once, by its name, however many processes plan it. One that is planned is invoked within the minute, and its schedule
// is deleted afterwards. Scheduler invokes asynchronously: a run that Lambda has no room for waits, but, with the template's MaximumEventAge of 60 s
// and no retries, is then dropped to the queue FailedRuns, as is one that fails. The service's next change plans it again.
package onetime

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/scheduler/types"
)

// Scheduler is a group of EventBridge Scheduler, and what its schedules invoke.
type Scheduler struct {
	client              *scheduler.Client
	group, role, target string
}

const placeholder = "{schedule}"

var errURL = errors.New("want scheduler:///<group>?role=<ARN>&target=<ARN of a function, with {schedule} in it>")

// Open prepares for scheduler:///<group>?role=<ARN>&target=<ARN of a function, with {schedule} in it>, with the credentials that Lambda gives a
// function in its environment. It asks nothing of AWS. AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_SCHEDULER name what stands in for it.
func Open(address string, environment func(name string) string) (*Scheduler, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errURL
	}
	s := &Scheduler{group: strings.TrimPrefix(u.Path, "/"), role: u.Query().Get("role"), target: u.Query().Get("target")}
	target, err := arn.Parse(s.target)
	if err != nil || !arn.IsARN(s.role) || u.Scheme != "scheduler" || s.group == "" || target.Service != "lambda" || !strings.Contains(target.Resource, placeholder) {
		return nil, errURL
	}
	s.client = scheduler.New(scheduler.Options{
		Region:  target.Region,
		Retryer: aws.NopRetryer{}, // the next invocation plans it again
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: environment("AWS_ACCESS_KEY_ID"), SecretAccessKey: environment("AWS_SECRET_ACCESS_KEY"), SessionToken: environment("AWS_SESSION_TOKEN")}, nil
		}),
	}, func(o *scheduler.Options) {
		if endpoint := cmp.Or(environment("AWS_ENDPOINT_URL_SCHEDULER"), environment("AWS_ENDPOINT_URL")); endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
	})
	return s, nil
}

// RunAt has a schedule run within a minute from a time on, unless that is planned already.
func (s *Scheduler) RunAt(ctx context.Context, schedule string, at time.Time) error {
	at = at.UTC()
	_, err := s.client.CreateSchedule(ctx, &scheduler.CreateScheduleInput{
		Name:                  aws.String(schedule + at.Format("-20060102T150405")),
		GroupName:             &s.group,
		ScheduleExpression:    aws.String(at.Format("at(2006-01-02T15:04:05)")),
		FlexibleTimeWindow:    &types.FlexibleTimeWindow{Mode: types.FlexibleTimeWindowModeOff},
		ActionAfterCompletion: types.ActionAfterCompletionDelete,
		Target: &types.Target{
			Arn:     aws.String(strings.ReplaceAll(s.target, placeholder, schedule)),
			RoleArn: &s.role,
			Input:   aws.String(fmt.Sprintf(`{"schedule":%q}`, schedule)),
		},
	})
	var planned *types.ConflictException
	if errors.As(err, &planned) {
		return nil
	}
	return err
}
