// Package auth knows who its users are, and gives them sessions.
//
// Its promises: one account per e-mail address (by a unique index); passwords are kept as argon2id of
// a keyed hash, so that the table alone does not allow guessing; neither the answer nor the time of a refused
// sign-in shows whether there is such a user; guesses are counted before they are tried, by all replicas
// together; a session that has ended (signed out, say) is over here at once, and announced to the other services; nothing that is
// asked without a session says who has an account, but for a sign-up with an address that is taken.
package auth

import (
	"embed"
	"net/http"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/clientip"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/idempotency"
	"github.com/gittix/ticketing/shared/maillink"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/session"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Auth are the handlers.
type Auth struct {
	db        *postgres.DB
	passwords *passwords
	rules     passwordRules
	breaches  breaches
	attempts  attempts
	limits    AttemptSettings
	signUps   SignUpSettings
	mail      MailSettings
	links     maillink.Keys
	devices   knownDevices
	proxies   clientip.Settings
	keys      session.Keys
	guard     session.Guard
}

// New returns the service. Nothing is connected yet.
func New(values config.Values) (function.Service, error) {
	if err := clientip.Check(values); err != nil {
		return function.Service{}, err
	}
	settings, err := config.Fill[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	db, err := postgres.Open(settings.Database.URL, postgres.Events(), postgres.NewSchema("auth", migrations))
	if err != nil {
		return function.Service{}, err
	}
	a, err := newAuth(settings, db)
	if err != nil {
		return function.Service{}, err
	}
	return a.service(), nil
}

func newAuth(s Settings, db *postgres.DB) (*Auth, error) {
	peppers := s.Passwords.Peppers
	if len(peppers) == 0 { // of functions that read none
		peppers = Peppers{""}
	}
	attempts, err := newAttempts(peppers[0], db)
	if err != nil {
		return nil, err
	}
	devices, err := newKnownDevices(peppers, s.Session.Secure)
	if err != nil {
		return nil, err
	}
	links, err := s.Links.Keys()
	if err != nil {
		return nil, err
	}
	a := &Auth{
		db:        db,
		passwords: newPasswords(peppers),
		rules:     newPasswordRules(),
		breaches:  newBreaches(s.Breaches),
		attempts:  attempts,
		limits:    s.Attempts,
		signUps:   s.SignUps,
		mail:      s.Mail,
		links:     links,
		devices:   devices,
		proxies:   s.Proxies,
		keys:      s.Session.Keys(),
	}
	a.guard = session.NewGuard(a.keys, a, session.IssuerSettings{})
	return a, nil
}

// Session is the reply of what opens or ends a session: a message, and cookies beside it.
type Session struct {
	Message string       `json:"message"`
	cookie  *http.Cookie `header:"Set-Cookie"` // the session, or what ends it
	device  *http.Cookie // by which the device is known again; nil: as before
}

// Respond sets the cookies.
func (s Session) Respond(h http.Header, status int) int {
	h.Add("Set-Cookie", s.cookie.String())
	if s.device != nil {
		h.Add("Set-Cookie", s.device.String())
	}
	return status
}

// hashingMemory is in MiB. Argon2 takes 19 MiB; the rest is for the CPU share that comes with memory on Lambda.
const hashingMemory = 1024

func (a *Auth) service() function.Service {
	return function.Service{
		Name:     "auth",
		Settings: []any{postgres.Settings{}},
		Endpoints: []function.Endpoint{
			function.Create("sign-up", "/api/users/signup", a.SignUp).
				Uses(session.IssuerSettings{}, PasswordSettings{}, BreachSettings{}, SignUpSettings{}, clientip.Settings{}).Takes(0, hashingMemory).
				Fails(errInvalidCredentials, errEmailExists, errTooManyAttempts),
			function.POST("sign-in", "/api/users/signin", a.SignIn).Uses(session.IssuerSettings{}, PasswordSettings{}, AttemptSettings{}, clientip.Settings{}).Takes(0, hashingMemory).
				Fails(errInvalidCredentials, errTooManyAttempts),
			function.POST("change-password", "/api/users/password", a.ChangePassword).SignedIn(a.guard).
				Uses(PasswordSettings{}, BreachSettings{}, AttemptSettings{}, clientip.Settings{}).Takes(0, hashingMemory).
				Fails(errInvalidCredentials, errTooManyAttempts),
			function.POST("sign-out", "/api/users/signout", a.SignOut).Uses(session.IssuerSettings{}),
			function.GET("current-user", "/api/users/current-user", a.CurrentUser).Uses(session.IssuerSettings{}),
			function.GET("get-account", "/api/users/account", a.GetAccount).SignedIn(a.guard),
			function.POST("confirm-email", "/api/users/confirm", a.ConfirmEmail).Under("/api/users/confirm").Uses(maillink.Settings{}).
				Fails(errInvalidLink, errLinkExpired),
			function.Accept("confirm-again", "/api/users/confirm/request", a.ConfirmAgain).Under("/api/users/confirm").SignedIn(a.guard).Uses(PasswordSettings{}, MailSettings{}, clientip.Settings{}).
				Fails(errConfirmed, errTooManyAttempts),
			function.Accept("request-reset", "/api/users/password/reset-request", a.RequestReset).Uses(PasswordSettings{}, MailSettings{}, clientip.Settings{}).
				Fails(errInvalidEmail, errTooManyAttempts),
			function.POST("reset-password", "/api/users/password/reset", a.ResetPassword).
				Uses(maillink.Settings{}, PasswordSettings{}, BreachSettings{}, AttemptSettings{}, clientip.Settings{}).Takes(0, hashingMemory).
				Fails(errInvalidLink, errLinkExpired, errInvalidCredentials),
			function.GET("list-sessions", "/api/users/sessions", a.ListSessions).Under("/api/users/sessions").SignedIn(a.guard),
			function.POST("end-session", "/api/users/sessions/{id}/end", a.EndSession).Under("/api/users/sessions").SignedIn(a.guard).
				Fails(apierror.ErrInvalidID, errSessionNotFound),
			function.Create("create-token", "/api/users/tokens", a.CreateToken).Under("/api/users/tokens").Idempotent(idempotency.New(a.db)).SignedIn(a.guard).
				Fails(errInvalidName, errInvalidScopes, errInvalidExpiry, errTooManyTokens),
			function.GET("list-tokens", "/api/users/tokens", a.ListTokens).Under("/api/users/tokens").SignedIn(a.guard),
			function.POST("end-token", "/api/users/tokens/{id}/end", a.EndToken).Under("/api/users/tokens").SignedIn(a.guard).
				Fails(apierror.ErrInvalidID, errTokenNotFound),
			function.POST("exchange-token", "/api/users/tokens/exchange", a.ExchangeToken).Under("/api/users/tokens").Uses(session.IssuerSettings{}).
				Fails(errInvalidToken),
		},
		Schedules: []function.Schedule{
			function.Every("sweep-sessions", time.Hour, a.SweepSessions),
			function.Every("sweep-auth-outbox", time.Hour, a.db.SweepOutbox),
		},
		Outbox:     a.db.Outbox(),
		Collectors: append(a.db.Collectors(), a.breaches.outcomes),
		Start:      a.db.Migrate,
		Ready:      a.db.Ready,
		Stop:       a.db.Close,

		EndSessions: a.EndSessions,
		Restore:     a.restore(),
	}
}
