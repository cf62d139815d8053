package manifests

import (
	"slices"
	"strings"

	"github.com/gittix/ticketing/shared/config"
)

// Queue is a queue of SQS in a small stack, whose function consumes what comes. Lambda asks each queue day and night, which is most of
// what that stack costs at rest. So a service has one for all its consumers, but for those that reach more than its database: what
// those are given is for them alone.
type Queue struct {
	Function
	Consumers []Function
}

// Queues are the service's.
func (s Service) Queues() []Queue {
	shared := Queue{Function: Function{Kind: Consumer, Name: s.Name + "-consumers", Service: s.Name}}
	var all []Queue
	for _, c := range s.Consumers() {
		if slices.ContainsFunc(c.Settings, func(setting config.Setting) bool { return setting.Reaches != "" && setting.Reaches != "postgres" }) {
			all = append(all, Queue{c, []Function{c}})
			continue
		}
		shared.Consumers = append(shared.Consumers, c)
		shared.Types = append(shared.Types, c.Types...)
		shared.Timeout = max(shared.Timeout, c.Timeout)
		shared.Memory = max(shared.Memory, c.Memory)
		for _, setting := range c.Settings {
			if !reads(shared.Settings, setting.Name) {
				shared.Settings = append(shared.Settings, setting)
			}
		}
	}
	if len(shared.Consumers) > 0 {
		all = append(all, shared)
	}
	return all
}

// IsShared reports whether the queue has a function of its own, in place of its consumers'.
func (q Queue) IsShared() bool { return q.Name != q.Consumers[0].Name }

// Holds are the names of the consumers, as FUNCTIONS has them.
func (q Queue) Holds() string {
	names := make([]string, len(q.Consumers))
	for i, c := range q.Consumers {
		names[i] = c.Name
	}
	return strings.Join(names, ",")
}

// deployed is a function of AWS.
type deployed struct {
	Function
	Condition string // "": in stacks of both sizes
	Holds     string // FUNCTIONS
}

// deployedOf lists a service's functions, and those that stand for some of them in a small stack.
func deployedOf(s Service) []deployed {
	var all, shared []deployed
	apart := map[string]bool{}
	for _, q := range s.Queues() {
		if !q.IsShared() {
			apart[q.Name] = true
			continue
		}
		shared = append(shared, deployed{q.Function, "Small", q.Holds()})
	}
	for _, f := range s.Functions {
		condition := ""
		if f.Kind == Consumer && !apart[f.Name] {
			condition = "Large"
		}
		all = append(all, deployed{f, condition, f.Name})
	}
	return append(all, shared...)
}
