package function

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Runner runs functions the same way on every platform: with deadline, trace, log and metrics. It turns a panic into
// a failure.
type Runner struct {
	Log         *slog.Logger
	Metrics     *telemetry.Metrics
	Tracer      trace.Tracer
	Timeout     time.Duration // of one request
	MaxInFlight int           // requests of one service that run at the same time; more get 503; 0: any number
	Secure      bool          // the services are reached by TLS alone
	Origins     Origins       // that are trusted beside the host that a request names
	Mount       Mount         // where browsers see what is served
}

// Handler answers the endpoints of services; anything else is 404. State-changing requests that a browser
// sends from another site are refused. What clients send and how slowly they do so bounds itself: see Edge and MaxInFlight.
func (r Runner) Handler(services ...Service) *Handler {
	mux := http.NewServeMux()
	h := &Handler{Handler: r.Edge(plain(r.Mount.mounted(mux)))}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { apierror.Write(w, apierror.ErrNotFound) })
	for _, s := range services {
		gate := newGate(r.MaxInFlight, r.Timeout, r.Metrics.Running.WithLabelValues(s.Name))
		for _, e := range s.Endpoints {
			mux.Handle(e.Method+" "+e.Path, r.endpoint(s, e, gate))
		}
		if len(services) == 1 && s.Refuse == nil {
			h.service, h.gate, h.metrics, h.keeps, h.closes = s.Name, gate, r.Metrics, r.refusal(false), r.refusal(true)
		}
	}
	return h
}

func (r Runner) endpoint(s Service, e Endpoint, gate *gate) http.Handler {
	security, origins := r.security(s.Name, e.Name), r.Origins.protection()
	title, about := e.Method+" "+e.Path, spanOptions(trace.SpanKindServer, s.Name, e.Name)
	var alike *share
	if e.Public {
		alike = &share{runs: map[string]*runs{}}
	}
	reads := !e.bodiless && e.Method != http.MethodGet
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		start := time.Now()
		answer := &recorder{ResponseWriter: w, status: http.StatusOK, sends: func() {}}
		admitted, err := gate.admit(answer, req, reads)
		if err != nil {
			s.refuse(answer, req, err)
		} else {
			defer admitted.release()
			answer.sends, admitted.share = admitted.finish, alike
			ctx := context.WithValue(context.WithValue(req.Context(), admissionKey{}, admitted), logKey{}, security.Logger)
			ctx = propagation.TraceContext{}.Extract(securitylog.NewContext(ctx, security), propagation.HeaderCarrier(req.Header))
			ctx, span := r.Tracer.Start(ctx, title, about...)
			r.serve(ctx, span, s, e, origins, answer, req)
		}
		status := answer.status
		if errors.Is(err, errIncomplete) || status >= http.StatusInternalServerError && Gone(req.Context()) {
			status = telemetry.StatusClientGone
		}
		r.Metrics.Requests.WithLabelValues(s.Name, e.Name, strconv.Itoa(status)).Observe(time.Since(start).Seconds())
	})
}

// serve runs an endpoint with a deadline, and ends its span.
func (r Runner) serve(ctx context.Context, span trace.Span, s Service, e Endpoint, origins *http.CrossOriginProtection, answer *recorder, req *http.Request) {
	defer span.End()
	if end, ok := ctx.Deadline(); ok {
		ctx = context.WithValue(ctx, platformKey{}, end)
	}
	ctx, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	req = req.WithContext(r.guarding(ctx, s.Name, e.Name))
	err := r.guard(ctx, s.Name, e.Name, func() error {
		if err := origins.Check(req); err != nil {
			securitylog.Note(ctx, securitylog.CrossOrigin, slog.String("origin", req.Header.Get("Origin")), slog.String("host", req.Host))
			return apierror.ErrCrossOrigin
		}
		e.Handler.ServeHTTP(answer, req)
		return nil
	})
	if err != nil && !answer.wrote {
		s.refuse(answer, req, err)
	}
	switch {
	case !span.IsRecording():
	case answer.status < http.StatusInternalServerError:
		span.SetAttributes(attribute.Int("http.response.status_code", answer.status))
	case Gone(ctx):
		span.SetAttributes(attribute.Int("http.response.status_code", telemetry.StatusClientGone))
	default:
		span.SetAttributes(attribute.Int("http.response.status_code", answer.status))
		span.SetStatus(codes.Error, http.StatusText(answer.status))
	}
}

// Gone reports whether the client of the request of ctx went away before its answer. That is no failure, and is not logged.
// A deadline that has passed, or a process that ends, is not a client that went away.
func Gone(ctx context.Context) bool { return errors.Is(context.Cause(ctx), context.Canceled) }

type platformKey struct{}

// Detach returns the context of work that goes on after its request has ended or its client has left: for d, or until the platform ends
// it (Lambda), if that is sooner.
func Detach(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	until := time.Now().Add(d)
	if end, ok := ctx.Value(platformKey{}).(time.Time); ok && end.Before(until) {
		until = end
	}
	return context.WithDeadline(context.WithoutCancel(ctx), until)
}

// security returns where the security events of a function go.
func (r Runner) security(service, name string) securitylog.Log {
	return securitylog.Log{
		Logger: r.Log.With("service", service, "function", name),
		Count:  r.Metrics.Security.MustCurryWith(prometheus.Labels{"service": service}),
	}
}

// span starts the span of one run of a function.
func (r Runner) span(ctx context.Context, title string, kind trace.SpanKind, service, name string) (context.Context, trace.Span) {
	return r.Tracer.Start(ctx, title, spanOptions(kind, service, name)...)
}

// spanOptions are what a span says of a function. Its attributes have the names that logs and metrics use.
func spanOptions(kind trace.SpanKind, service, name string) []trace.SpanStartOption {
	return []trace.SpanStartOption{
		trace.WithSpanKind(kind), trace.WithAttributes(attribute.String("service", service), attribute.String("function", name)),
	}
}

// failed notes on a span that its run has failed, if err is not nil.
func failed(span trace.Span, err error) {
	if err != nil {
		span.SetStatus(codes.Error, err.Error())
	}
}

type logKey struct{}

// Fail answers a request with err, and logs it if it is the server's fault, or a refusal that the security log records.
func Fail(w http.ResponseWriter, r *http.Request, err error) {
	LogFailure(r.Context(), err)
	noteRefusal(r.Context(), apierror.From(err).Status)
	apierror.Write(w, err)
}

func noteRefusal(ctx context.Context, status int) {
	user := session.User(ctx)
	switch {
	case status == http.StatusTooManyRequests:
		securitylog.Note(ctx, securitylog.RateLimited, securitylog.User(user))
	case user != 0 && (status == http.StatusUnauthorized || status == http.StatusForbidden):
		securitylog.Note(ctx, securitylog.AccessRefused, securitylog.User(user))
	}
}

// LogFailure logs err, under the name of the endpoint that runs in ctx, if it is the server's fault: not where its client
// went away, nor where too many requests came, of which there may be thousands in a second: metrics count those.
func LogFailure(ctx context.Context, err error) {
	if Gone(ctx) || apierror.IsOverload(err) {
		return
	}
	if log, ok := ctx.Value(logKey{}).(*slog.Logger); ok && apierror.From(err).Status >= http.StatusInternalServerError {
		log.ErrorContext(ctx, "request failed", "error", err)
		trace.SpanFromContext(ctx).RecordError(err)
	}
}

// Tick runs a schedule once, for at most its interval, or what it takes if that is longer.
func (r Runner) Tick(ctx context.Context, s Service, c Schedule) error {
	ctx, span := r.span(ctx, c.Name, trace.SpanKindInternal, s.Name, c.Name)
	defer span.End()
	ctx, cancel := context.WithTimeout(ctx, max(c.Every, c.Timeout, time.Second))
	defer cancel()
	log := r.Log.With("service", s.Name, "function", c.Name)
	ctx = context.WithValue(ctx, logKey{}, log)
	ctx = r.guarding(ctx, s.Name, c.Name)
	outcome := "done"
	err := r.guard(ctx, s.Name, c.Name, func() error { return c.Run(ctx) })
	failed(span, err)
	if err != nil && !errors.Is(ctx.Err(), context.Canceled) {
		outcome = "failed"
		log.WarnContext(ctx, "schedule failed", "error", err)
	}
	r.Metrics.Schedules.WithLabelValues(s.Name, c.Name, outcome).Inc()
	return err
}

type guardKey struct{}

// guarding returns the context of a function, for Guard.
func (r Runner) guarding(ctx context.Context, service, name string) context.Context {
	return context.WithValue(ctx, guardKey{}, func(fn func() error) error { return r.guard(ctx, service, name, fn) })
}

// Guard runs fn in a goroutine that the endpoint or schedule of ctx has started. A panic becomes an error, and is logged and counted as theirs.
func Guard(ctx context.Context, fn func() error) error {
	if guard, ok := ctx.Value(guardKey{}).(func(func() error) error); ok {
		return guard(fn)
	}
	return fn()
}

// guard turns a panic into an error.
func (r Runner) guard(ctx context.Context, service, name string, fn func() error) (err error) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(v) // net/http's own way to drop a connection
		}
		r.Metrics.Panics.WithLabelValues(service, name).Inc()
		r.Log.ErrorContext(ctx, "panic", "service", service, "function", name, "panic", v, "stack", string(debug.Stack()))
		err = fmt.Errorf("panic: %v", v)
	}()
	return fn()
}
