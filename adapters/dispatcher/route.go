package dispatcher

import (
	"context"
	_ "embed" // the table of consumers
	"fmt"
	"slices"
	"strings"
)

// consumersTable says who consumes what, one "service consumer type,type" a line. It is generated from the services'
// tables of contents, so that the dispatcher need not link what the services link.
//
//go:embed consumers.txt
var consumersTable string

// route says where a consumer's events go.
type route struct {
	service  string // empty for a consumer that is none of ours
	consumer string // also the queue group
	types    []string
	address  string // as it is written in the settings
	target   target
}

// consumers returns the system's own, without targets.
func consumers() []route {
	var all []route
	for line := range strings.Lines(consumersTable) {
		if words := strings.Fields(line); len(words) == 3 && words[0] != "#" {
			all = append(all, route{service: words[0], consumer: words[1], types: strings.Split(words[2], ",")})
		}
	}
	return all
}

// everyone is the consumer of a target that all consumers share, such as a Broker, which knows who wants what.
const everyone = "everyone"

// routes returns where each event that this dispatcher carries goes.
func (s Settings) routes(ctx context.Context) ([]route, error) {
	routes, err := s.planned()
	if err != nil {
		return nil, err
	}
	targets := targets{settings: s}
	for i, r := range routes {
		if routes[i].target, err = targets.open(ctx, r.consumer, r.address); err != nil {
			return nil, fmt.Errorf("config: target of %s: %w", r.consumer, err)
		}
	}
	return routes, nil
}

// planned returns DISPATCH_TARGET's routes, as DISPATCH_ROUTES changes them.
func (s Settings) planned() ([]route, error) {
	known := consumers()
	var routes []route
	switch {
	case s.Target == "":
	case strings.Contains(s.Target, "{"):
		for _, r := range known {
			routes = append(routes, r.to(s.Target))
		}
	default:
		all := route{consumer: everyone}
		for _, r := range known {
			all.types = append(all.types, r.types...)
		}
		slices.Sort(all.types)
		all.types = slices.Compact(all.types)
		routes = append(routes, all.to(s.Target))
	}
	for _, line := range strings.FieldsFunc(s.Routes, func(r rune) bool { return r == '\n' || r == ';' }) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		r := route{consumer: words[0]}
		if i := slices.IndexFunc(known, func(k route) bool { return k.consumer == words[0] }); i >= 0 {
			r = known[i]
		}
		if len(words) == 3 {
			r.types = strings.Split(words[1], ",")
		}
		if len(words) > 3 || len(words) < 2 || len(r.types) == 0 {
			return nil, fmt.Errorf("config: DISPATCH_ROUTES: %q: want a known consumer and its target, or consumer, types and target", words[0])
		}
		routes = slices.DeleteFunc(routes, func(old route) bool { return old.consumer == r.consumer })
		routes = append(routes, r.to(words[len(words)-1]))
	}
	return routes, nil
}

// to returns r with the target that a template makes.
func (r route) to(template string) route {
	r.address = strings.NewReplacer("{consumer}", r.consumer, "{service}", r.service).Replace(template)
	return r
}
