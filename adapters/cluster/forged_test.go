//go:build cluster

package cluster

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

// door is a way by which an event comes to the orders service: send returns what stands there answers.
type door struct {
	name             string
	send             func(ctx context.Context, e event.Event) (status int, err error)
	genuine, refused int // what is answered to an event that its publisher signed, and to another
}

// refusesForged sends payments that were never made to each door, as whoever is in the cluster can. An order is complete only by the
// event that payments have signed, which shows that the door is one.
func refusesForged(t *testing.T, s *systemtest.System, doors []door) {
	t.Helper()
	buyer := s.User(t)
	payments, tickets := eventKey(t, event.Publisher(string(event.PaymentCreated))), eventKey(t, event.Publisher(string(event.TicketCreated)))
	for _, d := range doors {
		t.Run(d.name, func(t *testing.T) {
			unpaid, paid := s.Reserve(t, buyer, "42.50"), s.Reserve(t, buyer, "42.50") // as payment says
			changed := payment(t, paid.ID, payments)
			changed.Data = bytes.Replace(changed.Data, fmt.Appendf(nil, `"orderId":%d`, paid.ID), fmt.Appendf(nil, `"orderId":%d`, unpaid.ID), 1)
			for how, e := range map[string]event.Event{
				"unsigned":                    payment(t, unpaid.ID, ""),
				"signed by another service":   payment(t, unpaid.ID, tickets),
				"signed by whoever it is":     payment(t, unpaid.ID, strings.Repeat("k", len(payments))),
				"changed after it was signed": changed,
			} {
				if status, err := d.send(t.Context(), e); err != nil || status != d.refused {
					t.Errorf("%s: %d, %v; want %d", how, status, err, d.refused)
				}
			}
			if status, err := d.send(t.Context(), payment(t, paid.ID, payments)); err != nil || status != d.genuine {
				t.Fatalf("genuine: %d, %v; want %d", status, err, d.genuine)
			}
			s.AwaitOrder(t, buyer, paid.ID, systemtest.Complete)
			if order, err := buyer.Order(t.Context(), unpaid.ID); err != nil || systemtest.Complete(order) {
				t.Errorf("the unpaid order is %+v, %v", order, err)
			}
		})
	}
}

// payment is the event of a charge of 42.50 for an order, signed with a key, if there is one.
func payment(t *testing.T, order int32, key string) event.Event {
	t.Helper()
	d, err := event.Of(t.Context(), event.PaymentCreated, event.Payment{
		ID: 1_000_000_000 + order, OrderID: order, Status: event.PaymentSucceeded, StripeCharge: event.Charge{Amount: 4250},
	})
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string][]string
	if key != "" {
		keys = map[string][]string{event.Publisher(d.Type): {key}}
	}
	if err := (event.Signatures{Keys: keys}).Sign(&d); err != nil {
		t.Fatal(err)
	}
	return d.At(1, time.Now())
}

// eventKey is that with which a service signs.
func eventKey(t *testing.T, publisher string) string {
	t.Helper()
	return strings.Fields(secret(t, publisher, function.KeySetting(publisher)))[0]
}

// secret is a value of one of the cluster's Secrets.
func secret(t *testing.T, name, key string) string {
	t.Helper()
	value, err := base64.StdEncoding.DecodeString(kubectl(t, "get", "secret", name, "--output", "jsonpath={.data."+key+"}"))
	if err != nil {
		t.Fatal(err)
	}
	return string(value)
}

// onBus is the bus, by a user of it who may publish the events of every service.
func onBus(t *testing.T) door {
	t.Helper()
	there, err := url.Parse(secret(t, "dispatcher", "BUS_URL"))
	if err != nil {
		t.Fatal(err)
	}
	there.Host = forward(t, namespace, "service/"+there.Hostname(), there.Port())
	b, err := busurl.Open(there.String(), "forger", bus.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return door{name: "bus", send: func(ctx context.Context, e event.Event) (int, error) {
		data, err := json.Marshal(e)
		if err != nil {
			return 0, err
		}
		return 0, b.Publish(ctx, e.Type(), data)
	}}
}

// at is a URL that takes CloudEvents.
func at(name, address string, genuine, refused int) door {
	return door{name, func(ctx context.Context, e event.Event) (int, error) {
		data, err := json.Marshal(e)
		if err != nil {
			return 0, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(data))
		if err != nil {
			return 0, err
		}
		req.Header.Set("Content-Type", event.ContentType)
		answer, err := http.DefaultClient.Do(req)
		if err != nil {
			return 0, err
		}
		return answer.StatusCode, answer.Body.Close()
	}, genuine, refused}
}

// forward returns an address of this machine that leads to a port of an object, until the test ends.
func forward(t *testing.T, namespace, object, port string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "kubectl", "--namespace", namespace, "port-forward", object, ":"+port)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Wait() }) // the test's end has killed it
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%s: %q, %v", cmd, line, err)
	}
	address, _, _ := strings.Cut(strings.TrimPrefix(line, "Forwarding from "), " ")
	return address
}
