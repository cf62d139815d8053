package lambda_test

import (
	"context"
	"errors"
	"html"
	"net/http"
	"strings"
	"testing"

	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/adapters/lambda/stack"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
)

// TestSystem: a purchase, an expiry, the schedules and the site, while environments come and go.
func TestSystem(t *testing.T) {
	t.Parallel()
	front := systemtest.NewFront()
	s := lambdatest.Start(t, systemtest.Build(t, lambdatest.Flags...), systemtest.NewBackends(t, systemtest.NATSStreaming, front.URL), front,
		func(_ string, own config.Values) config.Values { return own })
	buyer := s.Visitor()
	if err := buyer.SignUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Functions["hold-ticket"].Doomed.Store(true) // so its event must come again
	sold := s.Purchase(t, buyer, func() {})
	if s.Functions["hold-ticket"].Doomed.Load() {
		t.Error("hold-ticket did not die")
	}
	for _, name := range []string{"get-ticket", "create-ticket"} {
		if s.Functions[name].Kill() == 0 {
			t.Errorf("%s had no environment to lose", name)
		}
	}
	if _, err := buyer.Ticket(t.Context(), sold.TicketID); err != nil { // at once
		t.Errorf("after a crash between two requests: %v", err)
	}
	if err := s.Services["orders"].Stop(); err != nil {
		t.Errorf("environments do not end in good order: %v", err)
	}
	s.Functions["create-order"].Deploy(config.Values{"EXPIRATION_ORDER_MINUTES": "0.05"})
	s.Expiry(t, buyer)
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		contents.Stop()
		for _, schedule := range contents.Schedules {
			if err := s.Tick(def.Name, schedule.Name); err != nil {
				t.Error(err)
			}
		}
	}
	status, page, err := buyer.Send(t.Context(), "GET", "/", "", nil)
	if err != nil || status != http.StatusOK || !strings.Contains(string(page), html.EscapeString(sold.Ticket.Title)) {
		t.Errorf("the site's page: %d, %v: %s", status, err, page)
	}
	s.AwaitRest(t)
}

// TestDeployedLarge: a purchase and an expiry with the real programs, as template.yaml has them: every name that they are given is
// that of something in the stack, and no setting is missing.
func TestDeployedLarge(t *testing.T) {
	t.Parallel()
	front := systemtest.NewFront()
	deployed, err := stack.Read("../../template.yaml", "ticketing", lambdatest.Parameters())
	if err != nil {
		t.Fatal(err)
	}
	deployed.Secrets = map[string]string{"JwtSecret": systemtest.JWTSecret}
	trade(t, lambdatest.DeployLarge(t, systemtest.Build(t, lambdatest.Flags...), systemtest.NewBackends(t, systemtest.NATSStreaming, front.URL), front, deployed))
}

// TestDeployedSmall: the same with the programs, the topic, the queues and the permissions of a small stack, which has Stripe's sandbox, and a
// database that is reached over TLS.
func TestDeployedSmall(t *testing.T) {
	t.Parallel()
	front := systemtest.NewFront()
	read := func(databaseURL string) *stack.Stack {
		deployed, err := stack.Read("../../template.yaml", "postgres", map[string]string{"Size": "small", "DatabaseUrl": databaseURL, "LogLevel": "WARN"}) // the kit looks for databases of that name
		if err != nil {
			t.Fatal(err)
		}
		return deployed
	}
	s, topic := lambdatest.DeploySmall(t, systemtest.Build(t, lambdatest.Flags...), systemtest.NewBackends(t, systemtest.NATSStreaming, front.URL), front, read)
	trade(t, s)
	if err := topic.RunPlanned(); err != nil {
		t.Error(err)
	}
}

func trade(t *testing.T, s *lambdatest.System) {
	t.Helper()
	buyer := s.Visitor()
	if err := buyer.SignUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Purchase(t, buyer, func() {})
	s.Functions["create-order"].Deploy(config.Values{"EXPIRATION_ORDER_MINUTES": "0.05"})
	s.Expiry(t, buyer)
	s.AwaitRest(t)
}

// TestSmall: a purchase and an expiry without bus, dispatcher and Redis, where functions send their events themselves, while environments come
// and go. Then nothing runs any more.
func TestSmall(t *testing.T) {
	t.Parallel()
	front := systemtest.NewFront()
	s, topic := lambdatest.StartSmall(t, systemtest.Build(t, lambdatest.Flags...), systemtest.NewBackends(t, systemtest.NATSStreaming, front.URL), front)
	buyer := s.Visitor()
	if err := buyer.SignUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Functions["hold-ticket"].Doomed.Store(true) // so its event must come again
	for range 2 {
		s.Purchase(t, buyer, func() {})
		for _, f := range s.Functions {
			f.Kill()
		}
	}
	if s.Functions["hold-ticket"].Doomed.Load() {
		t.Error("hold-ticket did not die")
	}
	s.Functions["create-order"].Deploy(config.Values{"EXPIRATION_ORDER_MINUTES": "0.05"})
	s.Expiry(t, buyer)

	// The sweep stands behind the announcement: whoever made the order has planned it.
	lost := string(event.ExpirationComplete)
	topic.Loses.Store(&lost)
	s.Functions["sweep-overdue"].Deploy(config.Values{"EXPIRATION_PAYMENT_GRACE": "0s"}) // it would wait for news of a payment
	overdue := s.Reserve(t, buyer, "40.25")
	s.Eventually(t, "swept", func(ctx context.Context) error {
		if err := topic.RunPlanned(); err != nil {
			return err
		}
		ticket, err := buyer.Ticket(ctx, overdue.TicketID)
		if err == nil && ticket.OrderID != nil {
			err = errors.New("the ticket is not free")
		}
		return err
	})
	s.AwaitRest(t)
	if err := topic.Rest(); err != nil {
		t.Error(err)
	}
}
