// Package stripeserver is a Stripe for a laptop and for tests: the few calls that the payment gateway makes, with
// state, without money, and with Stripe's behavior.
//
// It promises that an intent is charged at most once, whoever races; that an idempotency key is answered once and then
// replayed; that an answer is in the journal (if there is one) before it is sent, so that a sandbox that was killed and
// opened again still knows it; and that webhooks are signed and sent at least once.
//
// Cards, as tok_… or pm_card_…: visa, mastercard and amex are charged; chargeDeclined, chargeDeclinedInsufficientFunds
// and chargeDeclinedExpiredCard are declined when confirmed; threeDSecure2Required and authenticationRequired ask the
// buyer, who answers with a POST of client_secret and outcome=succeed|fail to
// /sandbox/payment_intents/{id}/authenticate. A refund of pendingRefund is pending, and one of refundFail succeeds, until a
// POST of outcome=succeed|fail to /v1/test_helpers/refunds/{id}/settle; createDispute is disputed once it is charged, other
// charges by a POST to /v1/test_helpers/charges/{id}/dispute, until one of outcome=win|lose to
// /v1/test_helpers/disputes/{id}/close. Faults of its own:
//
//	pm_sandbox_slow     charged, but only after Config.Slow
//	pm_sandbox_timeout  charged, but the answer does not come for Config.SilentFor
//	pm_sandbox_error    a 500, and no charge
//
// Everything else is refused as Stripe refuses what does not exist, card numbers too.
package stripeserver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// Config says where the sandbox keeps its journal, and where webhooks go.
type Config struct {
	Path          string                // of the journal, made if missing; empty: nothing outlives the sandbox
	Journal       Journal               // in place of a file; nil: Path
	WebhookURL    string                // empty: no webhooks
	WebhookSecret string                // that they are signed with
	Logger        *slog.Logger          // nil: no log
	Slow          func(context.Context) // what pm_sandbox_slow waits for, at most until ctx ends; nil: 3 s
	SilentFor     time.Duration         // how long pm_sandbox_timeout gets no answer; 0: 30 s
}

// Sandbox is an http.Handler that answers like api.stripe.com.
type Sandbox struct {
	cfg    Config
	mux    *http.ServeMux
	client http.Client     // for webhooks
	slots  chan struct{}   // webhooks on their way
	ctx    context.Context // ends at Close
	cancel context.CancelFunc

	deliveries sync.WaitGroup

	mu       sync.Mutex
	state    state
	journal  journal
	locked   map[string]bool   // intents that a slow confirm works on
	underWay map[string]string // the idempotency keys of those confirms, and the fingerprints of their requests
	fault    Fault
}

// Open reads the journal and starts to send the webhooks that are still owed. A last line that a crash has cut off is
// dropped: it was never answered.
func Open(cfg Config) (*Sandbox, error) {
	if cfg.WebhookURL != "" && cfg.WebhookSecret == "" {
		return nil, errors.New("stripeserver: webhooks need a secret to be signed with")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Slow == nil {
		cfg.Slow = func(ctx context.Context) { wait(ctx, 3*time.Second) }
	}
	if cfg.SilentFor <= 0 {
		cfg.SilentFor = 30 * time.Second
	}
	s := &Sandbox{
		cfg: cfg, mux: http.NewServeMux(), client: http.Client{Timeout: deliveryTimeout}, slots: make(chan struct{}, deliveriesAtOnce),
		state: newState(), locked: map[string]bool{}, underWay: map[string]string{},
	}
	if err := s.journal.open(cfg, s.state.apply); err != nil {
		return nil, fmt.Errorf("stripeserver: %w", err)
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	for pattern, run := range map[string]endpoint{
		"POST /v1/payment_methods":                        createMethod,
		"POST /v1/payment_intents":                        createIntent,
		"GET /v1/payment_intents":                         listIntents,
		"GET /v1/payment_intents/{id}":                    getIntent,
		"POST /v1/payment_intents/{id}/confirm":           confirmIntent,
		"POST /v1/payment_intents/{id}/cancel":            cancelIntent,
		"POST /v1/refunds":                                createRefund,
		"GET /v1/refunds":                                 listRefunds,
		"GET /v1/disputes":                                listDisputes,
		"GET /v1/events":                                  listEvents,
		"POST /v1/test_helpers/refunds/{id}/settle":       settleRefund,
		"POST /v1/test_helpers/charges/{id}/dispute":      disputeCharge,
		"POST /v1/test_helpers/disputes/{id}/close":       closeDispute,
		"POST /sandbox/payment_intents/{id}/authenticate": authenticateIntent,
		"/": unknownURL,
	} {
		s.mux.Handle(pattern, s.answers(run))
	}
	s.mu.Lock() // a webhook that arrives at once is taken off the list
	defer s.mu.Unlock()
	for _, e := range s.state.owed {
		s.deliver(e)
	}
	return s, nil
}

// Close stops the webhooks, answers the requests that wait with 503, and closes the journal. Webhooks that are still
// owed are sent after the next Open. It returns ctx's error if they do not stop in time.
func (s *Sandbox) Close(ctx context.Context) error {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	stopped := make(chan struct{})
	go func() {
		s.deliveries.Wait()
		close(stopped)
	}()
	select {
	case <-stopped:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.journal.close()
}

// wait returns after d, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
