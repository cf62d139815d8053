package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/timestamp"
)

// What notifications may answer about webhooks.
var (
	ErrInvalidURL      = apierror.New(http.StatusBadRequest, "Invalid url.")
	ErrNotConfirmed    = apierror.New(http.StatusForbidden, "Email not confirmed.") // as far as notifications knows by now
	ErrInvalidEvents   = apierror.New(http.StatusBadRequest, "Invalid events.")
	ErrNoSuchWebhook   = apierror.New(http.StatusNotFound, "Webhook not found.")
	ErrNoSuchDelivery  = apierror.New(http.StatusNotFound, "Delivery not found.")
	ErrTooManyWebhooks = apierror.New(http.StatusTooManyRequests, "Too many webhooks.")
)

// Webhook is where a user's program is told of what happens.
type Webhook struct {
	ID           int32
	URL          string
	Events       []string
	Enabled      bool
	FailingSince *timestamp.Time // nil: the last call succeeded, or there was none
	CreatedAt    timestamp.Time
}

// WebhookDelivery is a message to a webhook.
type WebhookDelivery struct {
	ID        int64
	Event     string
	State     string // waiting, sent, dropped or dead
	Attempts  int
	Reason    string // of the last failure
	CreatedAt timestamp.Time
	EndedAt   *timestamp.Time
}

// Webhooks lists the user's.
//
// Errors: apierror.ErrNotAuthorized.
func (s *Session) Webhooks(ctx context.Context) (all []Webhook, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: "/api/notifications/webhooks", out: &all})
	return all, err
}

// CreateWebhook has a program told of these events and returns the secret by which its messages are signed. It is shown nowhere else.
//
// Errors: apierror.ErrNotAuthorized, ErrInvalidURL, ErrInvalidEvents, ErrNotConfirmed, ErrTooManyWebhooks.
func (s *Session) CreateWebhook(ctx context.Context, url string, events []string) (secret string, err error) {
	return s.webhookSecret(ctx, "/api/notifications/webhooks", map[string]any{"url": url, "events": events})
}

// RotateWebhook gives a webhook another secret, and returns that.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchWebhook.
func (s *Session) RotateWebhook(ctx context.Context, id int32) (secret string, err error) {
	return s.webhookSecret(ctx, fmt.Sprintf("/api/notifications/webhooks/%d/rotate", id), nil)
}

func (s *Session) webhookSecret(ctx context.Context, path string, in any) (string, error) {
	var reply struct{ Secret string }
	_, err := s.do(ctx, call{method: http.MethodPost, path: path, in: in, out: &reply})
	return reply.Secret, err
}

// EnableWebhook has a webhook called, or no more.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchWebhook, ErrNotConfirmed.
func (s *Session) EnableWebhook(ctx context.Context, id int32, enabled bool) error {
	_, err := s.do(ctx, call{method: http.MethodPatch, path: fmt.Sprintf("/api/notifications/webhooks/%d", id), in: map[string]bool{"enabled": enabled}})
	return err
}

// EndWebhook ends a webhook. What waits to be sent to it is dropped.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchWebhook.
func (s *Session) EndWebhook(ctx context.Context, id int32) error {
	_, err := s.do(ctx, call{method: http.MethodPost, path: fmt.Sprintf("/api/notifications/webhooks/%d/end", id)})
	return err
}

// WebhookDeliveries lists the last hundred messages to a webhook, newest first.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchWebhook.
func (s *Session) WebhookDeliveries(ctx context.Context, id int32) (all []WebhookDelivery, err error) {
	_, err = s.do(ctx, call{method: http.MethodGet, path: fmt.Sprintf("/api/notifications/webhooks/%d/deliveries", id), out: &all})
	return all, err
}

// ResendWebhookDelivery sends a message to one of the user's webhooks again.
//
// Errors: apierror.ErrNotAuthorized, ErrNoSuchDelivery.
func (s *Session) ResendWebhookDelivery(ctx context.Context, id int64) error {
	_, err := s.do(ctx, call{method: http.MethodPost, path: fmt.Sprintf("/api/notifications/webhooks/deliveries/%d/send", id)})
	return err
}
