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

// CustomResource answers CloudFormation: create and update call run; delete leaves the data where it is. A failure is answered
// with its reason and makes CloudFormation roll back, which runs the migrations of before: they find nothing to do.
func CustomResource(run func(context.Context) error) cfn.CustomResourceFunction {
	return func(ctx context.Context, e cfn.Event) (string, map[string]any, error) {
		id := e.PhysicalResourceID
		if id == "" {
			id = e.LogicalResourceID // always the same: another would make CloudFormation delete the old one
		}
		switch e.RequestType {
		case cfn.RequestDelete:
			return id, nil, nil
		case cfn.RequestCreate, cfn.RequestUpdate:
		default:
			return id, nil, fmt.Errorf("unknown request %.40q", e.RequestType)
		}
		if deadline, ok := ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
			defer cancel()
		}
		if err := run(ctx); err != nil {
			text := err.Error()
			return id, nil, fmt.Errorf("%s", text[:min(len(text), longestText)])
		}
		return id, nil, nil
	}
}
