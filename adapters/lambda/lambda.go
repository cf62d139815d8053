// Package lambda runs a service, or those of its functions that FUNCTIONS names, as one AWS Lambda function.
//
// One function answers everything, by the shape of the payload: an HTTP request from an API
// Gateway (REST or HTTP API), a function URL or an Application Load Balancer; a batch of events from the
// dispatcher, {"consumer": "copy-ticket", "events": [CloudEvents]}; messages of an SQS queue, which hold an event as it was published, or
// in SNS's or EventBridge's envelope; an event in EventBridge's envelope; a tick of EventBridge Scheduler,
// {"schedule": "sweep-overdue"}. The names may be left out where there is only one.
//
// Its promises: a handler sees the request that net/http would have given it, and its client the answer that
// net/http would have sent, except for what AWS itself removes; everything is opened once and reused, on at
// most two connections to a database; a connection that died while the environment was frozen is replaced
// before a request uses it; a handler's context ends half a second before Lambda ends the environment; no
// panic ends it.
//
// With BUS_URL a function that changed something sends what its outbox holds before it answers; without, the dispatcher does. With
// SCHEDULER_URL schedules need no clock that would wake an idle database: after a change each is planned to run once, when it has
// something to do, or does not know that. Nothing is planned any more once nothing changes and nothing is due.
//
// A Lambda function never migrates: a deploy does, before it. Metrics are Lambda's own (invocations, errors,
// duration, throttles); retries, dead letters and panics are lines of the JSON log, for metric filters.
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/KimMachineGun/automemlimit/memlimit"
	runtime "github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/adapters/lambda/jsonlog"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/outbox"
	"github.com/gittix/ticketing/shared/telemetry"
)

const (
	margin       = 500 * time.Millisecond // kept of Lambda's deadline for the answer
	notifyWithin = 100 * time.Millisecond
	finishWithin = (sendTries + 1) * sendWithin // kept of a schedule's run, to send and to plan the next
	stopWithin   = 300 * time.Millisecond       // Lambda gives 500 ms from SIGTERM to SIGKILL
)

// Main runs a service until Lambda ends it. An error at the start is reported to Lambda and ends the process
// with status 1.
func Main(build function.New, aws AWS) {
	log := jsonlog.New(os.Stderr, slog.LevelInfo, new(atomic.Value))
	values, err := config.Load()
	var a *Adapter
	if err == nil {
		a, err = Open(build, values, aws, os.Stderr)
	}
	if err != nil {
		log.Error("cannot start", "error", err)
		if failed := reportInit(os.Getenv("AWS_LAMBDA_RUNTIME_API"), err); failed != nil {
			log.Error("cannot report that", "error", failed)
		}
		os.Exit(1)
	}
	slog.SetLogLoggerLevel(slog.LevelError) // what aws-lambda-go writes by package log: an invocation's error
	slog.SetDefault(a.runner.Log)
	runtime.StartWithOptions(a, runtime.WithEnableSIGTERM(func() {
		a.Stop()
		os.Exit(0)
	}))
}

// Adapter is a service that answers invocations, several at once if need be. It is a lambda.Handler.
type Adapter struct {
	service  function.Service
	settings Settings
	runner   function.Runner
	handler  http.Handler
	running  atomic.Value // the id of the invocation that runs: a string
	sender   sender
	planner  planner
}

// AWS opens connections to services of AWS. The zero value is for programs that are built without them.
type AWS struct {
	Bus       Connect
	Scheduler func(url string) (Scheduler, error)
}

var _ runtime.Handler = (*Adapter)(nil)

// Open makes the service, and connects to nothing. Errors: settings that are missing or malformed.
func Open(build function.New, values config.Values, aws AWS, logs io.Writer) (*Adapter, error) {
	settings, err := config.Parse[Settings](values)
	if err != nil {
		return nil, err
	}
	var schedules []function.Schedule // of the service, whatever this function is
	service, err := function.Open(func(values config.Values) (function.Service, error) {
		whole, err := build(values)
		schedules = whole.Schedules
		return whole, err
	}, thrifty(values), settings.names()...)
	if err != nil {
		return nil, err
	}
	metrics, err := telemetry.NewMetrics(prometheus.NewRegistry()) // nothing can scrape them
	if err != nil {
		return nil, err
	}
	a := &Adapter{service: service, settings: settings}
	a.runner = function.Runner{
		Log:     jsonlog.New(logs, settings.LogLevel, &a.running),
		Metrics: metrics,
		Tracer:  telemetry.Unrecorded{},
		Timeout: settings.RequestTimeout,
		Origins: settings.Origins,
		Secure:  settings.Secure,
		Mount:   settings.Mount,
	}
	if settings.Memory > 0 { // as in package process
		_, err = memlimit.Set(memlimit.WithRatio(0.9), memlimit.WithProvider(memlimit.Limit(settings.Memory<<20)))
	}
	a.handler = a.runner.Handler(service)
	return a, errors.Join(err, a.sender.open(a, aws.Bus), a.planner.open(a, aws.Scheduler, schedules))
}

// Stop closes the service's connections, if they are given back soon.
func (a *Adapter) Stop() {
	stopped := make(chan struct{})
	go func() { a.service.Stop(); close(stopped) }() // the process ends with it
	select {
	case <-stopped:
	case <-time.After(stopWithin):
	}
}

var errUnknown = errors.New("lambda: the payload is no HTTP request, no batch of events, no event and no schedule")

// Invoke answers one payload. An error is for who invoked: API Gateway makes a 502 of it, a queue and a scheduler try again. So they do
// where events could not be sent and no run is planned that will; a client gets its answer all the same.
func (a *Adapter) Invoke(ctx context.Context, data []byte) ([]byte, error) {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-margin))
		defer cancel()
	}
	if c, ok := lambdacontext.FromContext(ctx); ok {
		a.running.Store(c.AwsRequestID)
	}
	ctx = traced(ctx)
	defer a.notify(ctx) // before the environment is frozen
	var p payload
	if err := json.Unmarshal(data, &p); err != nil {
		return nil, fmt.Errorf("%w: %w", errUnknown, err)
	}
	answer, err := a.answer(ctx, &p)
	if left := a.finish(ctx, p.shape() == scheduled); left != nil && err == nil && !p.isHTTP() {
		a.retrySoon(ctx, p.Records, answer)
		return nil, fmt.Errorf("lambda: events were not sent: %w", left)
	}
	return answer, err
}

// finish sends the events that an invocation has left, and plans when the service's schedules run next. A schedule's run plans those that know
// when, and the others only if it has sent something: else they would run for ever. Errors: events are left that nothing else will send.
func (a *Adapter) finish(ctx context.Context, ran bool) (left error) {
	due := a.sender.due()
	changed := due || a.service.Outbox == nil // where nothing is announced, nothing says so
	var planning sync.WaitGroup
	if changed && !ran && !a.sender.pause.Load().lasts() { // else the run that sends what is left plans
		planning.Go(func() { a.planner.plan(ctx, true) })
	}
	var sent bool
	if due {
		sent, left = a.sender.send(ctx, a.service)
	}
	planning.Wait()
	if ran {
		a.planner.plan(ctx, sent)
	}
	if left != nil && a.planner.runSoon(ctx) {
		return nil
	}
	return left
}

func (a *Adapter) answer(ctx context.Context, p *payload) (answer []byte, err error) {
	defer func() {
		if v := recover(); v != nil { // the runner answers a handler's; this is the drop of a connection, or our own
			answer, err = nil, a.dropped(ctx, v)
		}
	}()
	switch p.shape() {
	case restAPI, httpAPI, functionURL, loadBalancer:
		return a.http(ctx, p)
	case eventBatch:
		return a.consume(ctx, p.batch)
	case queued:
		return a.consumeQueued(ctx, p.Records)
	case bridged:
		return a.consumeBridged(ctx, p.Detail.raw)
	case scheduled:
		return a.tick(ctx, p.Schedule)
	}
	return nil, errUnknown
}

// notify waits until the dispatcher is notified of the events that were stored. If that takes long, it finds them by itself.
func (a *Adapter) notify(ctx context.Context) {
	notifier, ok := a.service.Outbox.(outbox.Notifier)
	if !ok || a.sender.relay.Source != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, notifyWithin)
	defer cancel()
	notifier.Notified(ctx)
}

func (a *Adapter) dropped(ctx context.Context, v any) error {
	if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return errors.New("lambda: the handler dropped the connection")
	}
	a.runner.Log.ErrorContext(ctx, "panic", "service", a.service.Name, "panic", v, "stack", string(debug.Stack()))
	return errors.New("lambda: a panic")
}
