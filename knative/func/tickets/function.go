// Package function is the tickets service as a function of Knative.
package function

import (
	"github.com/gittix/ticketing/adapters/knative"
	"github.com/gittix/ticketing/functions/tickets"
)

// New is called once by func's main, which then starts, serves and stops what it returns.
func New() *knative.Function { return knative.New(tickets.New) }
