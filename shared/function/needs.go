package function

import (
	"errors"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/securitylog"
	"github.com/gittix/ticketing/shared/session"
)

// Needs are what a platform must give one function, beyond what its service's functions all get.
type Needs struct {
	Settings []any         // that it reads, as zero values of their types
	Timeout  time.Duration // of one run; 0: the platform's default
	Memory   int           // MiB; 0: the platform's default
	Below    string        // path: where each function is deployed by itself, those of a service with the same one are one; "": none
	Source   string        // the handler in Go, such as github.com/gittix/ticketing/functions/orders.(*Orders).CreateOrder
}

// Contract is what an endpoint promises its clients. The published document is made of it, and of these tags of the
// fields of Request and Reply: path, query, header and cookie name where beside the body a field is from, or goes;
// type, example, default, format, pattern, minimum, maximum, minLength and maxLength say what JSON Schema says by these words.
type Contract struct {
	Request, Reply reflect.Type      // nil: none
	Status         int               // of success
	OtherStatus    int               // of success, too; 0: there is none
	MediaType      string            // of an answer that is not a Reply
	Errors         []*apierror.Error // its own; not those that any request may meet
	NeedsSession   bool
	Scope          session.Scope // that a program's access token needs in place of a session; "": none will do
	Versioned      bool          // its answers have an ETag
	Keyed          bool          // it takes an Idempotency-Key
	Public         bool          // it answers everyone alike
}

// SignedIn refuses requests without a valid session, or an access token where the guard takes some (session.Guard.For), before anything else is
// looked at, and puts the session into the context. While it cannot be known whether the session has ended, the answer is 503.
func (e Endpoint) SignedIn(guard session.Guard) Endpoint {
	next := e.Handler
	e.NeedsSession, e.Scope = true, guard.Scope(e.Method)
	e.Settings = append(slices.Clone(e.Settings), guard.Settings())
	e.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := guard.Check(r)
		switch {
		case errors.Is(err, session.ErrInvalid):
			if session.Token(r) != "" || session.Bearer(r) != "" {
				securitylog.Note(r.Context(), securitylog.SessionRefused, securitylog.User(claims.UserID()))
			}
			err = apierror.ErrNotAuthorized
		case errors.Is(err, session.ErrScope):
			securitylog.Note(r.Context(), securitylog.AccessRefused, securitylog.User(claims.UserID()))
			err = apierror.ErrScope
		}
		if err != nil {
			Fail(w, r, err)
			return
		}
		next.ServeHTTP(w, r.WithContext(session.NewContext(r.Context(), claims)))
	})
	return e
}

// Idempotency answers a request that comes again as it was answered before. Package idempotency has one.
type Idempotency interface {
	Once(http.Handler) http.Handler
}

// What an endpoint answers because of an Idempotency-Key.
var (
	ErrInvalidKey = apierror.New(http.StatusBadRequest, "Invalid Idempotency-Key.")
	ErrKeyReused  = apierror.New(http.StatusUnprocessableEntity, "Idempotency key reused.")
	ErrKeyInUse   = apierror.New(http.StatusConflict, "Idempotency key in use.")
	ErrAnswerLost = apierror.New(http.StatusConflict, "Idempotency key used, answer lost.")
)

// Idempotent takes requests with an Idempotency-Key, which are done once. It comes before SignedIn: keys are the user's.
func (e Endpoint) Idempotent(keys Idempotency) Endpoint {
	e.Handler = keys.Once(e.Handler)
	if once := e.Handler; e.bodiless {
		e.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			r = r.WithContext(r.Context())
			r.Body = http.NoBody // what there is of one says nothing
			once.ServeHTTP(w, r)
		})
	}
	e.Keyed = true
	return e.Fails(ErrInvalidKey, ErrKeyReused, ErrKeyInUse, ErrAnswerLost)
}

// Fails says which errors the endpoint can answer, beside those that any request may meet.
func (e Endpoint) Fails(errs ...*apierror.Error) Endpoint {
	e.Errors = append(slices.Clone(e.Errors), errs...)
	return e
}

// ForEveryone says that the endpoint answers everyone alike: what its request binds is of the path and the query alone. So a cache may keep its
// answers for a moment, and requests for the same at the same time are answered by one run.
func (e Endpoint) ForEveryone() Endpoint {
	e.Public = true
	return e
}

// Reads says what a raw endpoint takes, as the zero value of a type.
func (e Endpoint) Reads(request any) Endpoint {
	e.Request = reflect.TypeOf(request)
	return e
}

// Answers says what a raw endpoint answers when all is well. The media type is "" for no body.
func (e Endpoint) Answers(status int, mediaType string) Endpoint {
	e.Status, e.MediaType = status, mediaType
	return e
}

// OrAnswers names another status of success, which the reply's Respond chooses.
func (e Endpoint) OrAnswers(status int) Endpoint {
	e.OtherStatus = status
	return e
}

// Uses says which settings the endpoint reads, beside its service's.
func (e Endpoint) Uses(settings ...any) Endpoint {
	e.Settings = append(slices.Clone(e.Settings), settings...)
	return e
}

// HandledBy names the handler in Go, where it is behind a wrapper.
func (e Endpoint) HandledBy(fn any) Endpoint {
	e.Source = nameOf(fn)
	return e
}

// Under says that where each endpoint is a function of its own, this one shares one with the others of its service that say so. Its path is this
// one, or below it, and so is no other endpoint's. It is for what is rarely called: CloudFormation takes 500 resources.
func (e Endpoint) Under(path string) Endpoint {
	e.Below = path
	return e
}

// Takes says what one request may need: time, and memory in MiB.
func (e Endpoint) Takes(timeout time.Duration, memory int) Endpoint {
	e.Timeout, e.Memory = timeout, memory
	return e
}

// Uses says which settings the consumer reads, beside its service's.
func (c Consumer) Uses(settings ...any) Consumer {
	c.Settings = append(slices.Clone(c.Settings), settings...)
	return c
}

// Takes says what one event may need: time, and memory in MiB.
func (c Consumer) Takes(timeout time.Duration, memory int) Consumer {
	c.Timeout, c.Memory = timeout, memory
	return c
}

// Uses says which settings the schedule reads, beside its service's.
func (s Schedule) Uses(settings ...any) Schedule {
	s.Settings = append(slices.Clone(s.Settings), settings...)
	return s
}

// Takes says what one run may need: time, and memory in MiB.
func (s Schedule) Takes(timeout time.Duration, memory int) Schedule {
	s.Timeout, s.Memory = timeout, memory
	return s
}

// New is how a service is made of its settings. It connects to nothing.
type New func(config.Values) (Service, error)

// Open makes a service with only the named functions, or all if there are no names.
// Errors: settings that are malformed, or that these functions require and values lacks; a name that the service
// does not have.
func Open(build New, values config.Values, names ...string) (Service, error) {
	s, err := build(values)
	if err != nil {
		return Service{}, err
	}
	if s, err = s.Select(names...); err != nil {
		return Service{}, err
	}
	if missing := values.Missing(s.AllSettings()...); len(missing) > 0 {
		return Service{}, errors.New("config: " + strings.Join(missing, " is required; ") + " is required")
	}
	return s, s.readSignatures(values)
}

// AllSettings are those of the service and of its functions. Of a service that publishes events, only functions that change something
// get its key: all but those that answer GET.
func (s Service) AllSettings() []any {
	all := slices.Clone(s.Settings)
	if s.Outbox != nil && s.changes() {
		all = append(all, keySettings(s.Name)...)
	}
	for _, e := range s.Endpoints {
		all = append(all, e.Settings...)
	}
	for _, c := range s.Consumers {
		all = append(all, c.Settings...)
	}
	for _, c := range s.Schedules {
		all = append(all, c.Settings...)
	}
	return all
}

func (s Service) changes() bool {
	return len(s.Consumers)+len(s.Schedules) > 0 || slices.ContainsFunc(s.Endpoints, func(e Endpoint) bool { return e.Method != http.MethodGet })
}

// nameOf returns the name of a function or method in Go.
func nameOf(fn any) string {
	return strings.TrimSuffix(runtime.FuncForPC(reflect.ValueOf(fn).Pointer()).Name(), "-fm")
}
