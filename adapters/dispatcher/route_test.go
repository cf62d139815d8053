package dispatcher

import (
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
)

// consumed returns how many consumers the services have, and the types of event that these consume.
func consumed(t *testing.T) (count int, types []string) {
	t.Helper()
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		contents.Stop()
		for _, c := range contents.Consumers {
			count, types = count+1, append(types, c.Types...)
		}
	}
	slices.Sort(types)
	return count, slices.Compact(types)
}

func TestPlanned(t *testing.T) {
	t.Parallel()
	count, types := consumed(t)
	const orders = "orders.created,orders.updated"
	for name, c := range map[string]struct {
		target, routes string
		want           map[string]string // consumer → types address
		others         int               // routes that want does not name
	}{
		"nothing": {},
		"a function each": {
			target: "lambda:ticketing-{consumer}", others: count - 1,
			want: map[string]string{"hold-ticket": orders + " lambda:ticketing-hold-ticket"},
		},
		"a service each": {
			target: "http://{service}.default.svc.cluster.local/events/{consumer}", others: count - 1,
			want: map[string]string{"copy-order": orders + " http://payments.default.svc.cluster.local/events/copy-order"},
		},
		"one for all": {
			target: "$K_SINK",
			want:   map[string]string{"everyone": strings.Join(types, ",") + " $K_SINK"},
		},
		"an exception": {
			target: "lambda:{consumer}", routes: "hold-ticket http://tickets/events/hold-ticket", others: count - 1,
			want: map[string]string{"hold-ticket": orders + " http://tickets/events/hold-ticket"},
		},
		"only these": {
			routes: "hold-ticket http://{service}/x\n\n  mail-buyer payments.created http://mail/{consumer} ;copy-order orders.created lambda:c",
			want: map[string]string{
				"hold-ticket": orders + " http://tickets/x",
				"mail-buyer":  "payments.created http://mail/mail-buyer",
				"copy-order":  "orders.created lambda:c",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			routes, err := Settings{Target: c.target, Routes: c.routes}.planned()
			if err != nil || len(routes) != len(c.want)+c.others {
				t.Fatalf("%d routes, want %d (make generate writes the consumers), %v", len(routes), len(c.want)+c.others, err)
			}
			for consumer, want := range c.want {
				i := slices.IndexFunc(routes, func(r route) bool { return r.consumer == consumer })
				if i < 0 {
					t.Errorf("no route for %s", consumer)
				} else if got := strings.Join(routes[i].types, ",") + " " + routes[i].address; got != want {
					t.Errorf("%s: %s, want %s", consumer, got, want)
				}
			}
		})
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values config.Values
		want   string
	}{
		"no bus":                 {config.Values{"BUS_URL": ""}, "BUS_URL"},
		"a malformed bus":        {config.Values{"BUS_URL": "nats://u:s3cret@h"}, "BUS_URL"},
		"nothing to do":          {config.Values{"DISPATCH_TARGET": ""}, "nothing to do"},
		"functions":              {config.Values{"FUNCTIONS": "hold-ticket"}, "FUNCTIONS"},
		"a malformed target":     {config.Values{"DISPATCH_TARGET": "sqs://{consumer}"}, "lambda:<function>"},
		"an unknown placeholder": {config.Values{"DISPATCH_TARGET": "http://{host}/{consumer}"}, "lambda:<function>"},
		"another scheme":         {config.Values{"DISPATCH_TARGET": "ftp://h/{consumer}"}, "lambda:<function>"},
		"no host":                {config.Values{"DISPATCH_TARGET": "http://"}, "lambda:<function>"},
		"no function":            {config.Values{"DISPATCH_TARGET": "lambda:"}, "lambda:<function>"},
		"one function for all":   {config.Values{"DISPATCH_TARGET": "lambda:all"}, "{consumer}"},
		"no sink":                {config.Values{"DISPATCH_TARGET": "$K_SINK"}, "K_SINK"},
		"malformed overrides":    {config.Values{"DISPATCH_TARGET": "$K_SINK", "K_SINK": "http://b", "K_CE_OVERRIDES": "{"}, "K_CE_OVERRIDES"},
		"an impossible override": {config.Values{"DISPATCH_TARGET": "$K_SINK", "K_SINK": "http://b", "K_CE_OVERRIDES": `{"extensions":{"a b":"c"}}`}, "K_CE_OVERRIDES"},
		"a route to nowhere":     {config.Values{"DISPATCH_ROUTES": "hold-ticket"}, "DISPATCH_ROUTES"},
		"an unknown consumer":    {config.Values{"DISPATCH_ROUTES": "hold-tickets http://h"}, "DISPATCH_ROUTES"},
		"a long route":           {config.Values{"DISPATCH_ROUTES": "hold-ticket orders.created http://h x"}, "DISPATCH_ROUTES"},
		"no group":               {config.Values{"DISPATCH_ROUTES": "a.b orders.created http://h"}, "consumer a.b"},
		"an outbox without name": {config.Values{"DISPATCH_OUTBOXES": "postgres://u:s3cret@h/d"}, "DISPATCH_OUTBOXES"},
		"a malformed outbox":     {config.Values{"DISPATCH_OUTBOXES": "orders=postgres://u:s3cret@h:port/d"}, "orders"},
		"an outbox twice":        {config.Values{"DISPATCH_OUTBOXES": "orders=postgres://h/d orders=postgres://h/d"}, "twice"},
		"two of expiration":      {config.Values{"DISPATCH_OUTBOXES": "expiration=postgres://h/d", "REDIS_URL": "redis://h"}, "twice"},
		"a malformed Redis":      {config.Values{"REDIS_URL": "http://:s3cret@h"}, "REDIS_URL"},
		"a malformed port":       {config.Values{"PORT": "http"}, "PORT"},
		"no deliveries":          {config.Values{"BUS_MAX_DELIVERIES": "0"}, "BUS_MAX_DELIVERIES"},
		"no time for requests":   {config.Values{"REQUEST_TIMEOUT": "0s"}, "REQUEST_TIMEOUT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := Run(t.Context(), config.Values{
				"PORT": "0", "METRICS_PORT": "0", "LOG_LEVEL": "ERROR", "BUS_URL": "stan://127.0.0.1:1/c", "DISPATCH_TARGET": "http://h/{consumer}",
			}.With(c.values))
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q in one line", err, c.want)
			}
		})
	}
}
