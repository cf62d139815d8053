package manifests

import (
	"net/http"
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
		shared.Function.add(c)
	}
	if len(shared.Consumers) > 0 {
		all = append(all, shared)
	}
	return all
}

// add gives a function what another needs, too.
func (f *Function) add(other Function) {
	f.Timeout = max(f.Timeout, other.Timeout)
	f.Memory = max(f.Memory, other.Memory)
	for _, setting := range other.Settings {
		if !reads(f.Settings, setting.Name) {
			f.Settings = append(f.Settings, setting)
		}
	}
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
	Condition string   // "": in stacks of both sizes
	Holds     string   // FUNCTIONS
	Routes    []string // of an endpoint, as API Gateway writes them
}

// answer routes an endpoint to the function: what is shared has one route, of all methods, for its path, and one for what is below.
func (d *deployed) answer(f Function) {
	if f.Kind != Endpoint {
		return
	}
	switch f.Below {
	case "":
	case f.Path:
		f.Method = http.MethodGet
	default:
		f.Method, f.Path = http.MethodGet, f.Below+"/{proxy...}"
	}
	if r := route(f); !slices.Contains(d.Routes, r) {
		d.Routes = append(d.Routes, r)
	}
}

// deployedOf lists a service's functions, with those that are deployed as one (function.Endpoint.Under), and those that stand for some of them in a
// small stack.
func deployedOf(s Service) []deployed {
	var all, shared []deployed
	apart := map[string]bool{}
	for _, q := range s.Queues() {
		if !q.IsShared() {
			apart[q.Name] = true
			continue
		}
		shared = append(shared, deployed{Function: q.Function, Condition: "Small", Holds: q.Holds()})
	}
	for _, f := range s.Functions {
		condition := ""
		if f.Kind == Consumer && !apart[f.Name] {
			condition = "Large"
		}
		if i := slices.IndexFunc(all, func(d deployed) bool { return f.Below != "" && d.Below == f.Below }); i >= 0 {
			all[i].Function.add(f)
			all[i].Holds += "," + f.Name
			all[i].answer(f)
			continue
		}
		d := deployed{f, condition, f.Name, nil}
		if f.Below != "" {
			d.Name, d.Method, d.Path, d.Settings = f.deployedAs(), "", f.Below, slices.Clone(f.Settings)
		}
		d.answer(f)
		all = append(all, d)
	}
	return append(all, shared...)
}
