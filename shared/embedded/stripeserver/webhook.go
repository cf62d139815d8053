package stripeserver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

const (
	deliveryAttempts = 12 // a little over a minute, at the delays below
	firstDelay       = 200 * time.Millisecond
	longestDelay     = 10 * time.Second
	deliveryTimeout  = 5 * time.Second
	deliveriesAtOnce = 8
)

// event is Stripe's Event, the body of a webhook.
type event struct {
	ID              string       `json:"id"`
	Object          string       `json:"object"`
	APIVersion      string       `json:"api_version"`
	Created         int64        `json:"created"`
	Type            string       `json:"type"`
	Livemode        bool         `json:"livemode"`
	PendingWebhooks int          `json:"pending_webhooks"`
	Request         eventRequest `json:"request"`
	Data            eventData    `json:"data"`
}

type eventRequest struct {
	ID             string `json:"id"`
	IdempotencyKey string `json:"idempotency_key"`
}

type eventData struct {
	Object any `json:"object"`
}

func (r request) announce(kind string, about any) event {
	return event{
		ID:              newID("evt"),
		Object:          "event",
		APIVersion:      apiVersion,
		Created:         r.now,
		Type:            kind,
		PendingWebhooks: 1,
		Request:         eventRequest{ID: r.requestID, IdempotencyKey: r.key},
		Data:            eventData{Object: about},
	}
}

// courier sends webhooks until they arrive, it runs out of attempts, or it is
// stopped. What did not arrive stays in the books.
type courier struct {
	cfg       Config
	client    *http.Client
	delivered func(eventID string) error
	ctx       context.Context
	cancel    context.CancelFunc
	running   sync.WaitGroup
	slots     chan struct{}
}

func newCourier(cfg Config, delivered func(eventID string) error) *courier {
	ctx, cancel := context.WithCancel(context.Background())
	return &courier{
		cfg:       cfg,
		client:    &http.Client{Timeout: deliveryTimeout},
		delivered: delivered,
		ctx:       ctx,
		cancel:    cancel,
		slots:     make(chan struct{}, deliveriesAtOnce),
	}
}

// send delivers an event in the background. Never called after stop.
func (c *courier) send(e event) {
	c.running.Go(func() {
		delay := firstDelay
		for range deliveryAttempts {
			err := c.post(e)
			if err == nil {
				err = c.delivered(e.ID)
			}
			if err == nil || c.ctx.Err() != nil {
				return
			}
			c.cfg.Logger.Debug("stripe sandbox webhook failed", "event", e.ID, "type", e.Type, "error", err)
			select {
			case <-time.After(delay):
			case <-c.ctx.Done():
				return
			}
			delay = min(2*delay, longestDelay)
		}
		c.cfg.Logger.Warn("stripe sandbox gave a webhook up until it is opened again", "event", e.ID, "type", e.Type)
	})
}

// post tries once. Any 2xx is an arrival.
func (c *courier) post(e event) error {
	select {
	case c.slots <- struct{}{}:
		defer func() { <-c.slots }()
	case <-c.ctx.Done():
		return c.ctx.Err()
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, c.cfg.WebhookURL, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Stripe-Signature", sign(c.cfg.Now(), payload, c.cfg.WebhookSecret))
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(resp.Body, maxBody)); err != nil {
		return err
	}
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("answered %s", resp.Status)
	}
	return nil
}

// sign returns a Stripe-Signature: the time, and an HMAC of time and payload.
func sign(at time.Time, payload []byte, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", at.Unix())
	mac.Write(payload)
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(mac.Sum(nil)))
}

// stop ends all deliveries and waits for them, until ctx ends.
func (c *courier) stop(ctx context.Context) error {
	c.cancel()
	done := make(chan struct{})
	go func() {
		c.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
