// The system as Knative runs it: each service is its real program, which sleeps until a request comes, and the
// dispatcher brings events through a Broker, or to the services themselves where there is no Eventing.
package knative_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/knative/knativetest"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// system is one whose services sleep.
type system struct {
	*knativetest.System
	broker *broker // nil without Eventing
}

func newSystem(t *testing.T, programs string, h2c, eventing bool) *system {
	t.Helper()
	front := systemtest.NewFront()
	s := &system{}
	adapt := func(name string, own config.Values) config.Values {
		if name != busroles.Dispatcher {
			return own
		}
		own = own.With(config.Values{"BUS_MAX_DELIVERIES": "2"})
		if eventing {
			inside, _, _ := strings.Cut(own["DISPATCH_TARGET"], "/{")
			s.broker = &broker{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, inside: inside, triggers: manifests(t, "base/triggers.yaml")}
			sink := httptest.NewServer(s.broker)
			t.Cleanup(sink.Close)
			own = own.With(config.Values{"DISPATCH_TARGET": "$K_SINK", "K_SINK": sink.URL + "/ticketing/default", "K_CE_OVERRIDES": `{"extensions":{"place":"here"}}`})
		}
		return own
	}
	s.System = knativetest.Start(t, programs, systemtest.NewBackends(t, systemtest.NATSStreaming, front.URL), front, knativetest.Config{H2C: h2c, Adapt: adapt})
	return s
}

// TestSystem: a purchase, an expiry, schedules, the site, and events that no consumer can handle, while services are
// killed, and sleep.
func TestSystem(t *testing.T) {
	t.Parallel()
	programs := systemtest.Build(t)
	for name, c := range map[string]struct{ h2c, eventing bool }{
		"through a Broker, over h2c":      {true, true},
		"without Eventing, over HTTP/1.1": {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newSystem(t, programs, c.h2c, c.eventing).test(t)
		})
	}
}

func (s *system) test(t *testing.T) {
	buyer := s.Visitor()
	if err := buyer.SignUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Revisions["tickets"].Doom("hold-ticket")
	s.Revisions["orders"].Doom("complete-order")
	s.Revisions["orders"].Lose("copy-ticket", retries+1) // all that a Broker tries, and no dead letter: see deadLetters
	sold := s.Purchase(t, buyer, func() {})
	for _, name := range []string{"tickets", "orders"} {
		if s.Revisions[name].Started() < 2 {
			t.Errorf("%s was not killed", name)
		}
	}
	for name, r := range s.Revisions {
		r.Set(config.Values{"EXPIRATION_ORDER_MINUTES": "0.02"})
		if err := r.Stop(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.Expiry(t, buyer)
	for _, m := range manifests(t, "components/pingsource/schedules.yaml") {
		if status := s.postTick(t, m.Spec.Sink.url(s.Inside)); status != http.StatusOK {
			t.Errorf("%s: %d", m.Metadata.Name, status)
		}
	}
	status, page, err := buyer.Send(t.Context(), "GET", "/", "", nil)
	if err != nil || status != http.StatusOK || !strings.Contains(string(page), html.EscapeString(sold.Ticket.Title)) {
		t.Errorf("the site's page: %d, %v: %s", status, err, page)
	}
	for name, r := range s.Revisions {
		if name != "client" && r.Started() < 2 {
			t.Errorf("%s did not come back from zero", name)
		}
	}
	s.AwaitRest(t)
	s.deadLetters(t)
}

// postTick does what a PingSource does.
func (s *system) postTick(t *testing.T, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close() // the status is all that matters
	return answer.StatusCode
}

// deadLetters: an event that orders rejects, for its data is no ticket, and one that it fails on however often it
// comes, for its database refuses the title, end in the dead letters; the Broker, if there is one, is done with them.
func (s *system) deadLetters(t *testing.T) {
	t.Helper()
	if _, err := s.Database("orders").Exec(t.Context(), `ALTER TABLE tickets ADD CHECK (title <> 'failing')`); err != nil {
		t.Fatal(err)
	}
	b, err := busurl.Open(s.Bus.URL, "test", bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{"failing", "rejected"}
	for id, ticket := range map[string]event.Ticket{ids[0]: {ID: 1 << 30, UserID: 1, Title: "failing", Price: 100}, ids[1]: {ID: -1}} {
		data, err := json.Marshal(functiontest.EventWithID(t, id, event.TicketCreated, ticket))
		if err != nil {
			t.Fatal(err)
		}
		s.Eventually(t, "publish", func(ctx context.Context) error { return b.Publish(ctx, string(event.TicketCreated), data) })
	}
	if err := b.Close(context.WithoutCancel(t.Context())); err != nil {
		t.Error(err)
	}
	s.Eventually(t, "dead letters", func(ctx context.Context) error {
		rows, err := s.Database("orders").Query(ctx, `SELECT DISTINCT convert_from(event, 'UTF8')::json->>'id' FROM dead_letters WHERE function = 'copy-ticket' ORDER BY 1`)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err == nil && !slices.Equal(found, ids) {
			err = fmt.Errorf("they are %v", found)
		}
		for _, id := range ids {
			if s.broker != nil && err == nil {
				if _, taken := s.broker.taken.Load(id); !taken {
					err = fmt.Errorf("the Broker has not taken %s", id)
				}
			}
		}
		return err
	})
}
