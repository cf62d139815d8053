package chaos

import (
	"context"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/knative/knativetest"
	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
)

// runner runs a program, of a service or the dispatcher, in one way or another.
type runner interface {
	Kill() error                 // without a warning
	Stop() error                 // in good order
	Start() error                // after either; nothing where a request starts what it needs
	Signal(syscall.Signal) error // SIGSTOP and SIGCONT, to all that runs
	Set(config.Values)           // for the next start
	Ready(ctx context.Context, timeout time.Duration) error
}

// part is what can be broken.
type part struct {
	name string
	runner
}

// way is how the services of a system run.
type way struct {
	name  string
	build func(testing.TB) (programs string)
	start func(t testing.TB, programs string, b *systemtest.Backends, front *systemtest.Front, adapt systemtest.Adapt) (*systemtest.System, []part)
}

// What the ways are called.
const kubernetes, knative, lambda = "Kubernetes", "Knative", "Lambda"

// allWays are all that there are. On Knative and Lambda the dispatcher, and an outbox's role, can be broken, too.
var allWays = []way{
	{kubernetes, withClocks, func(t testing.TB, programs string, b *systemtest.Backends, front *systemtest.Front, adapt systemtest.Adapt) (*systemtest.System, []part) {
		s := systemtest.StartProcessesOn(t, programs, b, front, adapt)
		return s.System, parts(func(service string) runner { return s.Service(service) })
	}},
	{knative, withClocks, func(t testing.TB, programs string, b *systemtest.Backends, front *systemtest.Front, adapt systemtest.Adapt) (*systemtest.System, []part) {
		s := knativetest.Start(t, programs, b, front, knativetest.Config{Idle: time.Second, Adapt: adapt})
		systemtest.Tick(t, s.Tick)
		return s.System, append(parts(func(service string) runner { return s.Revisions[service] }), part{busroles.Dispatcher, s.Dispatcher})
	}},
	{lambda, func(t testing.TB) string { return systemtest.Build(t, lambdatest.Flags...) },
		func(t testing.TB, programs string, b *systemtest.Backends, front *systemtest.Front, adapt systemtest.Adapt) (*systemtest.System, []part) {
			s := lambdatest.Start(t, programs, b, front, adapt)
			systemtest.Tick(t, s.Tick)
			return s.System, append(parts(func(service string) runner { return s.Services[service] }), part{busroles.Dispatcher, s.Dispatcher})
		}},
}

func withClocks(t testing.TB) string {
	return systemtest.Build(t, append(clocks(t), "-ldflags=-s -w")...)
}

// parts are the services.
func parts(of func(service string) runner) (all []part) {
	for _, def := range functions.Services() {
		all = append(all, part{def.Name, of(def.Name)})
	}
	return all
}

// ways are where a fault makes sense.
type ways []string

var (
	everywhere = ways{kubernetes, knative, lambda}
	withClock  = ways{kubernetes, knative} // where a machine's clock can be wrong: Lambda gives a deadline by its own
	sleeping   = ways{knative, lambda}     // where processes come and go
)

func (w ways) include(name string) bool { return slices.Contains(w, name) }
