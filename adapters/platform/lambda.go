//go:build lambda

// Package platform runs a service on AWS Lambda.
package platform

import (
	"os"

	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/lambda/onetime"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/sns"
	"github.com/gittix/ticketing/shared/function"
)

// Main runs a service until the platform ends it.
func Main(build function.New) {
	lambda.Main(build, lambda.AWS{
		Bus:       func(url string) (bus.Conn, error) { return sns.Lambda(url, os.Getenv) },
		Scheduler: func(url string) (lambda.Scheduler, error) { return onetime.Open(url, os.Getenv) },
	})
}
