//go:build !lambda

// Package platform runs a service on the platform that the environment shows: AWS Lambda, Knative, or else a
// process as Kubernetes runs it. On the last two a program that is given arguments carries out an operator's
// command instead. Built with the tag lambda it knows Lambda only, and its binary is that much smaller.
package platform

import (
	"os"

	"github.com/gittix/ticketing/adapters/knative"
	"github.com/gittix/ticketing/adapters/kubernetes"
	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/operator"
	"github.com/gittix/ticketing/shared/function"
)

// Main runs a service until the platform ends it, or carries out the command of the process's arguments.
func Main(build function.New) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Main(build, lambda.AWS{})
		return
	}
	if len(os.Args) > 1 {
		operator.Main(build)
		return
	}
	if os.Getenv("K_SERVICE") != "" {
		knative.Main(build)
		return
	}
	kubernetes.Main(build)
}
