package manifests

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/gittix/ticketing/functions/orders"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/session"
	"github.com/gittix/ticketing/shared/timestamp"
)

// Of samples: the host that containers of `sam local` find the machine by, and a secret that is none.
const (
	localHost   = "host.docker.internal"
	localSecret = "only-for-sam-local-and-for-nothing-else" //nolint:gosec // it says so
)

// sampleOutputs are an event for each function, by which `sam local invoke` can call it, and what all are given there: functions
// that know each other's keys, and services on this machine.
func sampleOutputs(s System) ([]Output, error) {
	environments := map[string]map[string]string{}
	var all []Output
	for _, f := range s.Functions() {
		sample, err := sampleOf(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		text, err := indented(sample)
		if err != nil {
			return nil, err
		}
		if environments[f.ID()] == nil {
			environments[f.ID()] = map[string]string{}
		}
		maps.Copy(environments[f.ID()], localEnvironment(f))
		all = append(all, Output{Path: "adapters/lambda/events/" + f.Name + ".json", Text: text})
	}
	text, err := indented(environments)
	return append(all, Output{Path: "adapters/lambda/env.json", Text: text}), err
}

func indented(value any) ([]byte, error) {
	text, err := json.MarshalIndent(value, "", "  ")
	return append(text, '\n'), err
}

// localEnvironment is what a function is given beside the template's own values. SAM takes only what the template gives, too.
func localEnvironment(f Function) map[string]string {
	given := map[string]string{"SESSION_SECURE": "false", "BUS_URL": "", "SCHEDULER_URL": ""} // no topic of AWS's is filled from here
	for _, s := range f.Settings {
		switch {
		case s.Reaches == "postgres":
			given[s.Name] = "postgres://postgres:postgres@" + localHost + ":5432/ticketing_" + f.Service + "?sslmode=disable"
		case s.Reaches == "redis":
			given[s.Name] = "redis://" + localHost + ":6379"
		case s.Name == "STRIPE_API_URL":
			given[s.Name] = "http://" + localHost + ":12111"
		case strings.HasSuffix(s.Name, "_API_URL"):
			given[s.Name] = "http://" + localHost + ":3000"
		case s.Name == "STRIPE_SECRET_KEY":
			given[s.Name] = "sk_test_sandbox"
		case s.Name == "PASS_PUBLIC_KEYS":
			given[s.Name], _ = orders.PublicPassKeys(localSecret) // which is long enough
		case s.Required && s.Secret:
			given[s.Name] = localSecret
		}
	}
	return given
}

// sampleOf is what calls a function on AWS: a request of an HTTP API, a batch of events of the dispatcher, or a tick.
func sampleOf(f Function) (any, error) {
	switch f.Kind {
	case Consumer:
		return sampleEvents(f)
	case Schedule:
		return map[string]string{"schedule": f.Name}, nil
	}
	return sampleRequest(f)
}

// sampleTime is when all samples were made; the session in them is good for longer than they are.
var sampleTime = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func sampleRequest(f Function) (any, error) {
	path := strings.NewReplacer("{$}", "", "{id}", "1", "{name}", "site.css").Replace(f.Path)
	headers := map[string]string{"host": "localhost:3000", "x-forwarded-proto": "http", "sec-fetch-site": "same-origin"}
	request := map[string]any{
		"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
		"headers": headers, "isBase64Encoded": false,
		"requestContext": map[string]any{
			"apiId": "local", "stage": "$default", "domainName": "localhost", "domainPrefix": "localhost", "requestId": "sample",
			"http": map[string]string{"method": f.Method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "sample"},
		},
	}
	if f.NeedsSession {
		keys := session.Keys{Secret: []byte(localSecret), Secure: true, Now: func() time.Time { return sampleTime.AddDate(100, 0, 0) }}
		claims := keys.New(1, "ada@example.com", 0)
		claims.SessionID = "sample"
		cookie, err := keys.Cookie(claims)
		if err != nil {
			return nil, err
		}
		request["cookies"] = []string{session.PlainName + "=" + cookie.Value}
	}
	switch {
	case f.Method == http.MethodGet:
	case f.Request != nil:
		headers["content-type"] = "application/json"
		body, err := json.Marshal(exampleOf(f.Request))
		if err != nil {
			return nil, err
		}
		request["body"] = string(body)
	default: // a form of the site; none reads all of it
		headers["content-type"] = "application/x-www-form-urlencoded"
		request["body"] = "email=ada%40example.com&password=correct+horse+battery&title=Cup+final&price=42.50&token=tok_visa&return=%2F"
	}
	return request, nil
}

// exampleOf is a request's fields with the examples that their tags name.
func exampleOf(t reflect.Type) map[string]string {
	fields := map[string]string{}
	if t.Kind() != reflect.Struct {
		return fields
	}
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous:
			for inner, value := range exampleOf(f.Type) {
				fields[inner] = value
			}
		case name != "" && name != "-":
			fields[name] = f.Tag.Get("example")
		}
	}
	return fields
}

// sampleEvents is a batch with one event of each type that a consumer takes, signed by the key in env.json.
func sampleEvents(f Function) (any, error) {
	events := []event.Event{}
	for i, kind := range f.Types {
		d, err := draftOf(kind)
		if err != nil {
			return nil, err
		}
		d.ID = fmt.Sprint("sample-", i+1)
		keys := event.Signatures{Keys: map[string][]string{event.Publisher(kind): {localSecret}}}
		if err := keys.Sign(&d); err != nil {
			return nil, err
		}
		events = append(events, d.At(int64(i+1), sampleTime))
	}
	return map[string]any{"consumer": f.Name, "events": events}, nil
}

func draftOf(kind string) (event.Draft, error) {
	ctx, at := context.Background(), timestamp.Of(sampleTime)
	ticket := event.Ticket{ID: 1, Title: "Cup final", Price: 4250, UserID: 1, CreatedAt: at, UpdatedAt: at}
	order := event.Order{
		ID: 1, UserID: 2, Status: event.OrderIsCreated, ExpiresAt: timestamp.Of(sampleTime.AddDate(100, 0, 0)), TicketID: 1, CreatedAt: at, UpdatedAt: at,
		Ticket: event.OrderTicket{ID: 1, Title: "Cup final", Price: 4250, CreatedAt: at, UpdatedAt: at},
	}
	payment := event.Payment{ID: 1, OrderID: 1, Status: event.PaymentSucceeded, CreatedAt: at, UpdatedAt: at, StripeCharge: event.Charge{ID: "pi_1", Amount: 4250, Currency: "usd", Status: "succeeded"}}
	switch kind {
	case string(event.TicketCreated):
		return event.Of(ctx, event.TicketCreated, ticket)
	case string(event.TicketUpdated):
		ticket.Version = 1
		return event.Of(ctx, event.TicketUpdated, ticket)
	case string(event.OrderCreated):
		return event.Of(ctx, event.OrderCreated, order)
	case string(event.OrderUpdated):
		order.Version, order.Status = 1, event.OrderIsCancelled
		return event.Of(ctx, event.OrderUpdated, order)
	case string(event.OrderPaymentRejected):
		return event.Of(ctx, event.OrderPaymentRejected, event.PaymentRejected{Order: order, PaymentID: 1})
	case string(event.ExpirationComplete):
		return event.Of(ctx, event.ExpirationComplete, event.ExpirationReached{ID: 1, ExpiresAt: order.ExpiresAt})
	case string(event.PaymentCreated):
		return event.Of(ctx, event.PaymentCreated, payment)
	case string(event.PaymentRefunded):
		payment.Version, payment.Status = 2, event.PaymentIsRefunded
		return event.Of(ctx, event.PaymentRefunded, payment)
	case string(event.PaymentUpdated):
		payment.Status = event.PaymentPending
		return event.Of(ctx, event.PaymentUpdated, payment)
	case string(event.AuthSessionsEnded):
		return event.Of(ctx, event.AuthSessionsEnded, event.SessionsEnded{UserID: 2, SessionID: "sample", ExpiresAt: order.ExpiresAt})
	case string(event.AuthAccountChanged):
		return event.Of(ctx, event.AuthAccountChanged, event.Account{UserID: 2, Email: "ada@example.com"})
	case string(event.AuthMailRequested):
		return event.Of(ctx, event.AuthMailRequested, event.MailRequest{ID: "sample", UserID: 2, Kind: event.MailConfirm, ExpiresAt: order.ExpiresAt})
	}
	return event.Draft{}, fmt.Errorf("samples have no event of type %s: add one to draftOf (adapters/manifests/samples.go)", kind)
}
