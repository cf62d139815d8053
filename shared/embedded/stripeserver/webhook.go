package stripeserver

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
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
	ID         string    `json:"id"`
	Object     string    `json:"object"`
	APIVersion string    `json:"api_version"`
	Created    int64     `json:"created"`
	Type       string    `json:"type"`
	Data       eventData `json:"data"`
}

type eventData struct {
	Object any `json:"object"`
}

func (r request) announce(kind string, about any) event {
	return event{ID: newID("evt"), Object: "event", APIVersion: apiVersion, Created: r.now, Type: kind, Data: eventData{about}}
}

// deliver sends a webhook in the background until it arrives, a minute has passed, or the sandbox is closed. What has
// not arrived stays owed. The caller holds mu.
func (s *Sandbox) deliver(e event) {
	if s.ctx.Err() != nil || s.cfg.WebhookURL == "" {
		return
	}
	s.deliveries.Go(func() {
		delay := firstDelay
		for range deliveryAttempts {
			err := s.post(e)
			if err == nil {
				err = s.delivered(e.ID)
			}
			if err == nil || s.ctx.Err() != nil {
				return
			}
			s.cfg.Logger.Debug("stripe sandbox webhook failed", "event", e.ID, "type", e.Type, "error", err)
			wait(s.ctx, delay)
			delay = min(2*delay, longestDelay)
		}
		s.cfg.Logger.Warn("stripe sandbox gave a webhook up until it is opened again", "event", e.ID, "type", e.Type)
	})
}

func (s *Sandbox) delivered(eventID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commit(change{Delivered: eventID})
}

// post tries once. Any 2xx is an arrival.
func (s *Sandbox) post(e event) error {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
	payload, err := json.Marshal(e)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, s.cfg.WebhookURL, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("Stripe-Signature", sign(time.Now(), payload, s.cfg.WebhookSecret))
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close() // the status says it all
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
