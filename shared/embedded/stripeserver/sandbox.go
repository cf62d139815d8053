// Package stripeserver is a Stripe for a laptop and for tests: the few calls that
// the payment gateway makes, with state, no money, and Stripe's manners.
//
// What it promises: an intent is charged at most once, whoever races; an
// idempotency key is answered once and then replayed; what was answered is in
// the journal (if there is one) before the answer leaves, so a killed and
// reopened sandbox remembers it; webhooks are signed and sent at least once.
//
// Tokens, as tok_… or pm_card_…: visa, mastercard and amex are charged;
// chargeDeclined, chargeDeclinedInsufficientFunds and chargeDeclinedExpiredCard
// are declined when confirmed; threeDSecure2Required (also
// authenticationRequired) asks the buyer, who answers with a POST of
// client_secret and outcome=succeed|fail to
// /sandbox/payment_intents/{id}/authenticate. Faults of its own:
//
//	pm_sandbox_slow     charged, but only after Config.SlowFor
//	pm_sandbox_timeout  charged, but the answer never comes
//	pm_sandbox_error    a 500, and no charge
//
// Everything else is refused as Stripe refuses what does not exist. It is no
// place for real card numbers: it takes none.
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

// Config says where the sandbox keeps its books and whom it tells.
type Config struct {
	Path          string // the journal, made if missing; empty keeps the books in memory only
	WebhookURL    string // empty sends no webhooks
	WebhookSecret string
	Logger        *slog.Logger     // nil discards
	Now           func() time.Time // nil means time.Now
	SlowFor       time.Duration    // what pm_sandbox_slow takes; 0 means 3 s
	SilentFor     time.Duration    // how long pm_sandbox_timeout says nothing; 0 means 30 s
}

// Sandbox is an http.Handler that answers like api.stripe.com.
type Sandbox struct {
	cfg     Config
	mux     *http.ServeMux
	courier *courier // nil without a WebhookURL

	mu        sync.Mutex
	closed    bool
	books     books
	journal   *journal
	answering map[string]string // idempotency key → fingerprint of its request under way
	moving    map[string]bool   // intents that a paused confirm has locked
	holds     map[string]*hold  // intents whose next confirm stops
	closing   chan struct{}     // closed by Close: whoever waits goes home
}

// Open reads the journal and starts to send the webhooks that are still owed.
// A last line that was cut off by a crash is dropped: it was never answered.
func Open(cfg Config) (*Sandbox, error) {
	if cfg.WebhookURL != "" && cfg.WebhookSecret == "" {
		return nil, errors.New("stripeserver: webhooks need a secret to be signed with")
	}
	cfg = cfg.withDefaults()
	s := &Sandbox{
		cfg:       cfg,
		books:     newBooks(),
		answering: map[string]string{},
		moving:    map[string]bool{},
		holds:     map[string]*hold{},
		closing:   make(chan struct{}),
	}
	s.mux = s.routes()
	var err error
	if s.journal, err = openJournal(cfg.Path, s.books.apply); err != nil {
		return nil, fmt.Errorf("stripeserver: %w", err)
	}
	if cfg.WebhookURL != "" {
		s.courier = newCourier(cfg, s.delivered)
		s.mu.Lock() // a quick delivery strikes itself off the list
		defer s.mu.Unlock()
		for _, owed := range s.books.owed {
			s.courier.send(owed)
		}
	}
	return s, nil
}

func (cfg Config) withDefaults() Config {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.SlowFor <= 0 {
		cfg.SlowFor = 3 * time.Second
	}
	if cfg.SilentFor <= 0 {
		cfg.SilentFor = 30 * time.Second
	}
	return cfg
}

func (s *Sandbox) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/payment_methods", s.answers(createMethod))
	mux.Handle("POST /v1/payment_intents", s.answers(createIntent))
	mux.Handle("GET /v1/payment_intents/{id}", s.answers(getIntent))
	mux.Handle("POST /v1/payment_intents/{id}/confirm", s.answersAfterPause(confirmIntent))
	mux.Handle("POST /v1/payment_intents/{id}/cancel", s.answers(cancelIntent))
	mux.Handle("POST /v1/refunds", s.answers(createRefund))
	mux.Handle("GET /v1/refunds", s.answers(listRefunds))
	mux.Handle("GET /v1/charges/{id}", s.answers(getCharge))
	mux.Handle("POST /sandbox/payment_intents/{id}/authenticate", s.answers(authenticateIntent))
	mux.Handle("/", s.answers(unknownURL))
	return mux
}

// Close stops the webhooks, sends waiting requests home and closes the journal.
// Webhooks that are still owed are sent after the next Open. It returns ctx's
// error when they do not stop in time.
func (s *Sandbox) Close(ctx context.Context) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.closing)
	s.mu.Unlock()
	var stopped error
	if s.courier != nil {
		stopped = s.courier.stop(ctx)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(stopped, s.journal.close())
}
