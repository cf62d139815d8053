package migrate

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-lambda-go/cfn"
)

const (
	margin      = 10 * time.Second // kept of Lambda's deadline for the answer to CloudFormation, which would wait an hour for it
	longestText = 1000             // bytes; CloudFormation refuses an answer above 4096
)

// CustomResource answers CloudFormation: create and update call run, whose values are the resource's attributes, which are never shown;
// delete leaves the data where it is. A failure is answered with its reason and makes CloudFormation roll back, which runs the
// migrations of before: they find nothing to do.
func CustomResource(run func(context.Context) (map[string]string, error)) cfn.CustomResourceLambdaFunction {
	return func(ctx context.Context, e cfn.Event) (string, error) {
		answer := cfn.NewResponse(&e)
		answer.Status, answer.NoEcho = cfn.StatusSuccess, true
		if answer.PhysicalResourceID = e.PhysicalResourceID; answer.PhysicalResourceID == "" {
			answer.PhysicalResourceID = e.LogicalResourceID // always the same: another would make CloudFormation delete the old one
		}
		attributes, err := carryOut(ctx, e.RequestType, run)
		if err != nil {
			text := err.Error()
			answer.Status, answer.Reason = cfn.StatusFailed, text[:min(len(text), longestText)]
		}
		if len(attributes) > 0 {
			answer.Data = map[string]any{}
			for name, value := range attributes {
				answer.Data[name] = value
			}
		}
		return answer.Reason, answer.Send()
	}
}

func carryOut(ctx context.Context, request cfn.RequestType, run func(context.Context) (map[string]string, error)) (attributes map[string]string, err error) {
	defer func() {
		if v := recover(); v != nil {
			attributes, err = nil, fmt.Errorf("panic: %v", v)
		}
	}()
	switch request {
	case cfn.RequestDelete:
		return nil, nil
	case cfn.RequestCreate, cfn.RequestUpdate:
	default:
		return nil, fmt.Errorf("unknown request %.40q", request)
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
		defer cancel()
	}
	return run(ctx)
}
