package simulation

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/telemetry"
)

// The services that are simulated. Each has two processes.
var simulated = []string{"tickets", "orders", "payments", "expiration"}

const webhookSecret = "whsec_simulation"

var keys = session.Keys{Secret: []byte(functiontest.Secret), Secure: true}

// process is one replica of a service.
type process struct {
	name    string
	service string
	function.Service
	runner  function.Runner
	handler http.Handler
	crashed atomic.Bool
	world   *world
}

// process returns a replica of a service, and starts it if it does not run.
func (w *world) process(service string, which int) *process {
	name := fmt.Sprintf("%s-%d", service, which%2+1)
	if p := w.processes[name]; p != nil {
		return p
	}
	p, err := w.start(name, service)
	if err != nil {
		w.t.Fatal(err)
	}
	w.processes[name] = p
	return p
}

func (w *world) start(name, service string) (*process, error) {
	i := slices.IndexFunc(functions.Services(), func(s functions.Service) bool { return s.Name == service })
	def := functions.Services()[i]
	s, err := function.Open(def.New, config.Examples(def.Settings).With(functiontest.EventKeys()).With(config.Values{
		"DATABASE_URL": w.urlOf(service) + "&application_name=" + name, "REDIS_URL": w.redisURL, "JWT_SECRET": functiontest.Secret,
		"STRIPE_WEBHOOK_SECRET": webhookSecret, "STRIPE_API_URL": "",
		"MAX_DECLINES_PER_ORDER": "1000", "MAX_DECLINES_PER_USER": "1000", "MAX_HOLDS_PER_TICKET": "1000",
	}))
	if err != nil {
		return nil, err
	}
	if skew := w.skews[name]; s.Clock != nil {
		*s.Clock = func() time.Time { return time.Now().Add(skew) }
	}
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry())
	if err != nil {
		return nil, err
	}
	p := &process{name: name, service: service, Service: s, world: w}
	p.runner = function.Runner{Log: slog.New(slog.DiscardHandler), Metrics: metrics, Tracer: tracer{}, Timeout: time.Minute, Secure: true}
	p.handler = p.runner.Handler(s)
	return p, nil
}

// crash ends a process between two effects: nothing that it had under way has any effect any more.
func (w *world) crash(p *process) {
	p.crashed.Store(true)
	delete(w.processes, p.name)
	for _, t := range w.tasks {
		if t.process != p {
			continue
		}
		t.cancel()
		for e := t.next(0); e != nil; e = t.next(0) {
			e.goOn <- errCrashed
		}
	}
	synctest.Wait()
	p.Stop()
	w.tasks = slices.DeleteFunc(w.tasks, (*task).isOver)
	if db := w.databases[p.service]; db != nil {
		db.awaitGone(w.t, p.name)
	}
}

// kill is crash, as a part of the story.
func (w *world) kill(p *process) string {
	var lost []string
	for _, t := range w.tasks {
		if t.process == p && !t.isOver() {
			lost = append(lost, fmt.Sprintf("%q before %s", t.name, t.first()))
		}
	}
	w.crash(p)
	if len(lost) == 0 {
		return p.name + " crashes"
	}
	return p.name + " crashes, in " + strings.Join(lost, ", in ")
}

// call sends a request as a user would, and hands the answer to done, unless it is lost.
func (w *world) call(p *process, name string, f fault, r *http.Request, done func(status int, body []byte)) *task {
	answer := httptest.NewRecorder()
	return w.begin(p, name, f, func(ctx context.Context) string {
		p.handler.ServeHTTP(answer, r.WithContext(ctx))
		if answer.Code >= 500 && answer.Code != http.StatusServiceUnavailable {
			return fmt.Sprintf("FAILED %d %s", answer.Code, answer.Body)
		}
		return fmt.Sprintf("%d %s", answer.Code, said(answer.Body.Bytes()))
	}, func() {
		if done != nil {
			done(answer.Code, answer.Body.Bytes())
		}
	})
}

// tick runs a schedule once.
func (w *world) tick(p *process, s function.Schedule, f fault) *task {
	return w.begin(p, fmt.Sprintf("%s runs %s", p.name, s.Name), f, func(ctx context.Context) string {
		return outcome(p.runner.Tick(ctx, p.Service, s))
	}, nil)
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "done"
	case function.IsReject(err):
		return "rejected: " + err.Error()
	}
	return "again later"
}
