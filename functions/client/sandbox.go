package client

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
)

// errOver says that the second step of a payment is no longer possible.
var errOver = errors.New("client: the second step is over")

var secretForm = regexp.MustCompile(`^(pi_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$`)

// authenticate does the second step at the sandbox, where no bank asks: confirmed or not is the buyer's to say.
//
// Errors: errOver.
func (s *Site) authenticate(ctx context.Context, clientSecret string, confirmed bool) error {
	m := secretForm.FindStringSubmatch(clientSecret)
	if m == nil {
		return errOver
	}
	form := url.Values{"client_secret": {clientSecret}, "outcome": {"fail"}}
	if confirmed {
		form.Set("outcome", "succeed")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, //nolint:gosec // secretForm lets an intent's name through, and nothing else
		s.sandbox+"/sandbox/payment_intents/"+m[1]+"/authenticate", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Do(req) //nolint:gosec // likewise
	if err != nil {
		return apierror.Unavailable(err)
	}
	defer answer.Body.Close() //nolint:errcheck // nothing in it matters
	switch {
	case answer.StatusCode == http.StatusOK:
		return nil
	case answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests:
		return apierror.Unavailable(errors.New(answer.Status))
	}
	return errOver
}
