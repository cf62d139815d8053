package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/gittix/ticketing/shared/apierror"
)

// What payments may answer.
var (
	ErrInvalidToken   = apierror.New(http.StatusBadRequest, "Invalid token.")
	ErrOrderUnknown   = apierror.New(http.StatusBadRequest, "Order not found.")
	ErrOrderCancelled = apierror.New(http.StatusBadRequest, "Order is cancelled.")
	ErrOrderExpired   = apierror.New(http.StatusBadRequest, "Order is expired.")
	ErrPaid           = apierror.New(http.StatusConflict, "Order is already paid.")
	ErrInProgress     = apierror.New(http.StatusConflict, "Payment in progress.")
	ErrDeclined       = apierror.New(http.StatusBadRequest, "Stripe charge failed.")
)

// ErrOver says that the second step of a payment cannot be done any more.
var ErrOver = errors.New("api: the second step is over")

// Pay charges a card, as Stripe knows it, for an order. An order that payments does not know yet is waited
// for. A client secret other than "" says that the buyer has a second step to do.
//
// Errors: apierror.ErrNotAuthorized (also for somebody else's order), ErrInvalidToken, ErrOrderUnknown,
// ErrOrderCancelled, ErrOrderExpired, ErrPaid, ErrInProgress, ErrDeclined; apierror.Unavailable: whether it
// was charged is not known yet.
func (c Caller) Pay(ctx context.Context, orderID int32, token string) (clientSecret string, err error) {
	in := struct {
		OrderID int32  `json:"orderId"`
		Token   string `json:"token"`
	}{orderID, token}
	var reply struct{ ClientSecret string }
	err = patiently(ctx, ErrOrderUnknown, func() error {
		_, err := c.do(ctx, call{
			method: http.MethodPost, url: c.origins.Payments + "/api/payments", in: in, out: &reply, timeout: paymentTimeout,
		})
		return err
	})
	return reply.ClientSecret, err
}

var secretForm = regexp.MustCompile(`^(pi_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$`)

// Confirm does the second step at the sandbox, where no bank asks: confirmed or not is the buyer's to say.
//
// Errors: ErrOver.
func (c *Client) Confirm(ctx context.Context, clientSecret string, confirmed bool) error {
	m := secretForm.FindStringSubmatch(clientSecret)
	if m == nil {
		return ErrOver
	}
	form := url.Values{"client_secret": {clientSecret}, "outcome": {"fail"}}
	if confirmed {
		form.Set("outcome", "succeed")
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		c.origins.Sandbox+"/sandbox/payment_intents/"+m[1]+"/authenticate", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := c.http.Do(req)
	if err != nil {
		return apierror.Unavailable(err)
	}
	defer answer.Body.Close() //nolint:errcheck // nothing in it matters
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, maxAnswer)); err != nil {
		return apierror.Unavailable(err)
	}
	switch {
	case answer.StatusCode == http.StatusOK:
		return nil
	case answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests:
		return apierror.Unavailable(errors.New(answer.Status))
	}
	return ErrOver
}
