package auth

import (
	"bufio"
	"context"
	"crypto/sha1" //nolint:gosec // the range API is keyed by it; nothing is kept by it
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// How long a new password may wait for what is known of it, and how much of an answer is read, in bytes: one has some 100 kB.
const (
	breachTimeout = time.Second
	breachAnswer  = 1 << 20
)

// BreachSettings are for the functions that take a new password.
type BreachSettings struct {
	// Where leaked passwords are asked for, such as https://api.pwnedpasswords.com/range; empty: nowhere. It is told five digits of the
	// SHA-1, which many passwords share. While it is unavailable, passwords are taken without.
	// On Kubernetes a NetworkPolicy has to let auth out to it.
	LeakedURL BreachURL `env:"PASSWORD_BREACH_URL" reaches:"internet"`
}

// BreachURL is the address of a range API like that of Have I Been Pwned.
type BreachURL string

// UnmarshalText refuses what is no address of the web.
func (u *BreachURL) UnmarshalText(b []byte) error {
	parsed, err := url.Parse(string(b))
	if err != nil || parsed.Scheme != "https" && parsed.Scheme != "http" || parsed.Host == "" {
		return errors.New("not an address, such as https://api.pwnedpasswords.com/range")
	}
	*u = BreachURL(strings.TrimRight(string(b), "/"))
	return nil
}

// breaches know which passwords have leaked anywhere.
type breaches struct {
	url      BreachURL
	http     *http.Client
	outcomes *prometheus.CounterVec
}

func newBreaches(s BreachSettings) breaches {
	return breaches{s.LeakedURL, &http.Client{Timeout: breachTimeout}, prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ticketing_password_breach_checks_total", Help: "New passwords that were looked up among the leaked ones, by outcome: clean, leaked or unavailable.",
	}, []string{"outcome"})}
}

// has reports whether a password is known to have leaked. No answer is counted, and refuses no password.
func (b breaches) has(ctx context.Context, password string) bool {
	if b.url == "" {
		return false
	}
	found, err := b.ask(ctx, normal(password))
	outcome := "clean"
	switch {
	case err != nil:
		outcome = "unavailable"
	case found:
		outcome = "leaked"
	}
	b.outcomes.WithLabelValues(outcome).Inc()
	return found
}

func (b breaches) ask(ctx context.Context, password string) (bool, error) {
	sum := digits(password)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, string(b.url)+"/"+sum[:5], http.NoBody)
	if err != nil {
		return false, err
	}
	r.Header.Set("Add-Padding", "true") // so that the length of the answer says nothing
	answer, err := b.http.Do(r)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close() //nolint:errcheck // it is only read
	if answer.StatusCode != http.StatusOK {
		return false, fmt.Errorf("it answered %s", answer.Status)
	}
	lines := bufio.NewScanner(io.LimitReader(answer.Body, breachAnswer))
	for lines.Scan() {
		suffix, count, _ := strings.Cut(strings.TrimSpace(lines.Text()), ":")
		if strings.EqualFold(suffix, sum[5:]) {
			return count != "0", nil // 0 is padding
		}
	}
	return false, lines.Err()
}

// digits are those of the SHA-1 of a password.
func digits(password string) string {
	sum := sha1.Sum([]byte(password)) //nolint:gosec // as above
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}
