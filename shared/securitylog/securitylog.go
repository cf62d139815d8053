// Package securitylog records what matters to those who watch for attacks: who signed in, who failed to, what was refused.
//
// Its promises: a record is the line "security" of the service's log, with the event's name from OWASP's logging vocabulary in
// `event`, and one more in ticketing_security_events_total. What may be an attack has level WARN, all else INFO. No record holds a
// password, a token, an e-mail address or a client's whole address.
package securitylog

import (
	"context"
	"log/slog"
	"net/netip"

	"github.com/prometheus/client_golang/prometheus"
)

// Event is what happened, by its name in OWASP's logging vocabulary
// (https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html).
type Event string

// The events. Those of a session name its user, if it is known.
const (
	UserCreated          Event = "user_created"               // a sign-up
	SignedIn             Event = "authn_login_success"        // a sign-in
	SignInFailed         Event = "authn_login_fail"           // a wrong password, or no such account
	SignInLimited        Event = "authn_login_fail_max"       // a sign-in refused unseen: too many have failed
	PasswordChanged      Event = "authn_password_change"      // the user's other sessions have ended, too
	PasswordChangeFailed Event = "authn_password_change_fail" // the current password was wrong
	TokenCreated         Event = "authn_token_created"        //nolint:gosec // by a user, for a program
	SessionEnded         Event = "authn_token_revoked"        // a sign-out, or sessions ended by their user or an operator
	SessionRefused       Event = "session_use_after_expire"   // a session that is forged, expired or has ended
	AccessRefused        Event = "authz_fail"                 // what belongs to another user
	RateLimited          Event = "excess_rate_limit_exceeded" // any answer of 429
	CrossOrigin          Event = "malicious_cors"             // a form or a call that another site made a browser send
	EventRefused         Event = "input_validation_fail"      // an event that is malformed, or without its publisher's signature
	OperatorAction       Event = "authz_admin"                // a command of an operator
)

// level is WARN for what may be an attack.
func (e Event) level() slog.Level {
	switch e {
	case UserCreated, SignedIn, PasswordChanged, TokenCreated, SessionEnded, OperatorAction:
		return slog.LevelInfo
	}
	return slog.LevelWarn
}

// Log is where the events of one function go.
type Log struct {
	Logger *slog.Logger
	Count  *prometheus.CounterVec // by event; nil: not counted
}

type contextKey struct{}

// NewContext returns a context whose events go to l.
func NewContext(ctx context.Context, l Log) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// Note records an event. A context without a Log has nowhere to record it: then it is lost.
func Note(ctx context.Context, e Event, attrs ...slog.Attr) {
	l, ok := ctx.Value(contextKey{}).(Log)
	if !ok {
		return
	}
	if l.Count != nil {
		l.Count.WithLabelValues(string(e)).Inc()
	}
	l.Logger.LogAttrs(ctx, e.level(), "security", append([]slog.Attr{slog.String("event", string(e))}, attrs...)...)
}

// User names a user by id.
func User(id int32) slog.Attr { return slog.Int("user", int(id)) }

// Network names the network of a client's address, an IPv4 /24 or an IPv6 /48: enough to see where a flood comes from.
func Network(client netip.Addr) slog.Attr {
	if !client.IsValid() {
		return slog.String("network", "unknown")
	}
	bits := 48
	if client = client.Unmap().WithZone(""); client.Is4() {
		bits = 24
	}
	return slog.String("network", netip.PrefixFrom(client, bits).Masked().String())
}
