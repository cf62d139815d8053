package function_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/outbox"
	"github.com/gittix/ticketing/shared/telemetry"
)

// TestForgedEvents are not handled and not kept, and do not come again; the security log says so.
func TestForgedEvents(t *testing.T) {
	t.Parallel()
	good, dead := message(t, 1, ""), message(t, 1, "ten times")
	forge := func(text string) string { return strings.Replace(text, `"id":1`, `"id":2`, 1) }
	wrong := `"why":"a wrong signature","type":"expiration.complete","source":"/expiration"`
	for name, c := range map[string]struct{ data, why string }{
		"changed":                {forge(good), wrong},
		"a dead letter, changed": {forge(dead), wrong},
		"unsigned":               {strings.Replace(good, `"signature"`, `"signed"`, 1), `"why":"no signature","type":"expiration.complete","source":"/expiration"`},
		"no id":                  {strings.Replace(good, `"id":"`, `"idea":"`, 1), `"why":"malformed","type":"expiration.complete","source":"/expiration"`},
		"a long type":            {strings.Replace(good, `.complete"`, strings.Repeat("o", 1000)+`"`, 1), `ooo","source":"/expiration"`},
		"not JSON":               {"\x00\xff", `"why":"malformed","type":"","source":""`},
		"empty":                  {"", `"why":"malformed","type":"","source":""`},
	} {
		data := c.data
		runner, registry := newRunner(t)
		var out bytes.Buffer
		runner.Log = telemetry.NewLogger(&out, slog.LevelInfo, false)
		kept := &letters{}
		consumer := function.On("expire", func(context.Context, event.ExpirationReached) error { t.Errorf("%s: handled", name); return nil }, event.ExpirationComplete)
		s := function.Service{Name: "test", Consumers: []function.Consumer{consumer}, DeadLetters: kept, Signatures: functiontest.Signatures()}
		for what, err := range map[string]error{
			"consumed": runner.Consume(t.Context(), s, consumer, []byte(data)),
			"retried":  runner.DeadLetter(t.Context(), s, consumer, []byte(data), errBroken),
		} {
			if !function.IsReject(err) || len(kept.kept) > 0 {
				t.Errorf("%s, %s: %v, dead letters %v", name, what, err, kept.kept)
			}
		}
		counted(t, registry, "ticketing_events_consumed_total outcome=refused", 2)
		counted(t, registry, "ticketing_security_events_total event=input_validation_fail", 2)
		if text := out.String(); strings.Count(text, "\n") != 2 || !strings.Contains(text, `"function":"expire"`) ||
			strings.Count(text, c.why) != 2 || strings.Contains(text, "expiresAt") || len(text) > 1000 {
			t.Errorf("%s: logged %s", name, text)
		}
	}
}

// TestUnsignedEventsDuringAnUpdate: where signatures are optional, an event of an older version is handled, and a forged one still is not.
func TestUnsignedEventsDuringAnUpdate(t *testing.T) {
	t.Parallel()
	handled := 0
	consumer := function.On("expire", func(context.Context, event.ExpirationReached) error { handled++; return nil }, event.ExpirationComplete)
	s := function.Service{Name: "test", Consumers: []function.Consumer{consumer}, DeadLetters: &letters{}, Signatures: functiontest.Signatures()}
	s.Signatures.Optional = true
	d, err := event.Of(t.Context(), event.ExpirationComplete, event.ExpirationReached{ID: 1, ExpiresAt: noon})
	if err != nil {
		t.Fatal(err)
	}
	unsigned, err := json.Marshal(d.At(1, noon.Time))
	if err != nil {
		t.Fatal(err)
	}
	runner, _ := newRunner(t)
	if err := runner.Consume(t.Context(), s, consumer, unsigned); err != nil || handled != 1 {
		t.Errorf("unsigned: %v, handled %d times", err, handled)
	}
	forged := strings.Replace(message(t, 1, ""), `"id":1`, `"id":2`, 1)
	if err := runner.Consume(t.Context(), s, consumer, []byte(forged)); !function.IsReject(err) || handled != 1 {
		t.Errorf("forged: %v, handled %d times", err, handled)
	}
}

// source is an outbox that is told what to sign with.
type source struct{ with event.Signatures }

func (*source) Wait(context.Context) error                           { return nil }
func (*source) Relay(context.Context, int, outbox.Send) (int, error) { return 0, nil }
func (s *source) SignWith(with event.Signatures)                     { s.with = with }

// TestKeysFollowFromTheTable: what changes something requires the key of its service's events, and a consumer that of its events' publisher, and no others.
func TestKeysFollowFromTheTable(t *testing.T) {
	t.Parallel()
	nothing := func(context.Context, event.Ticket) error { return nil }
	long, other := strings.Repeat("x", 32), strings.Repeat("y", 40)
	for name, c := range map[string]struct {
		outbox    bool
		functions []string
		values    config.Values
		keys      map[string][]string
		err       string
	}{
		"all":             {outbox: true, values: config.Values{"EVENT_KEY_SHOP": long, "EVENT_KEY_TICKETS": other + "\n" + long}, keys: map[string][]string{"shop": {long}, "tickets": {other, long}}},
		"a consumer only": {functions: []string{"copy"}, values: config.Values{"EVENT_KEY_TICKETS": long}, keys: map[string][]string{"tickets": {long}}},
		"one that reads":  {outbox: true, functions: []string{"hello"}, keys: map[string][]string{"shop": nil}},
		"no consumer":     {outbox: true, functions: []string{"offer"}, values: config.Values{"EVENT_KEY_SHOP": long}, keys: map[string][]string{"shop": {long}}},
		"neither":         {functions: []string{"hello"}, keys: map[string][]string{}},
		"none given":      {outbox: true, err: "EVENT_KEY_SHOP is required; EVENT_KEY_TICKETS is required"},
		"a short one":     {functions: []string{"copy"}, values: config.Values{"EVENT_KEY_TICKETS": long + " s3cret"}, err: "EVENT_KEY_TICKETS"},
		"no such policy":  {functions: []string{"hello"}, values: config.Values{"EVENT_SIGNATURES": "none"}, err: "EVENT_SIGNATURES"},
	} {
		o := &source{}
		s, err := function.Open(func(config.Values) (function.Service, error) {
			s := function.Service{Name: "shop", Consumers: []function.Consumer{function.On("copy", nothing, event.TicketCreated, event.TicketUpdated)}, Endpoints: []function.Endpoint{
				function.GET("hello", "/hello", func(context.Context, function.None) (function.None, error) { return function.None{}, nil }),
				function.POST("offer", "/hello", func(context.Context, function.None) (function.None, error) { return function.None{}, nil }),
			}}
			if c.outbox {
				s.Outbox = o
			}
			return s, nil
		}, c.values, c.functions...)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || strings.Contains(err.Error(), "s3cret") {
				t.Errorf("%s: %v, want %s", name, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, keys := range []map[string][]string{s.Signatures.Keys, o.with.Keys} {
			same := len(keys) == len(c.keys)
			for publisher, want := range c.keys {
				same = same && slices.Equal(keys[publisher], want)
			}
			if !same && (c.outbox || len(keys) > 0) {
				t.Errorf("%s: keys %v, want %v", name, keys, c.keys)
			}
		}
	}
}
