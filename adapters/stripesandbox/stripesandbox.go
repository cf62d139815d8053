// Package stripesandbox is Stripe's sandbox as a function of its own, for a stack on AWS that has no Stripe account.
//
// Its promises: any process answers as any other would, since the books are in PostgreSQL, and requests are answered one after
// another; whoever calls the API without payments' own key reaches no database, since anyone may call it. It sends no webhooks: payments asks.
package stripesandbox

import (
	"context"
	"crypto/subtle"
	"embed"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/stripeserver"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
)

//go:embed migrations/*.sql
var migrations embed.FS

// silence is longer than payments waits (STRIPE_TIMEOUT), and shorter than the function lives.
const silence = 12 * time.Second

// Settings of the sandbox.
type Settings struct {
	Database postgres.Settings
	Key      string `env:"STRIPE_SECRET_KEY" required:"true" secret:"true" example:"sk_test_sandbox"` // that payments has
}

type sandbox struct {
	db      *postgres.DB
	key     string
	keyless *stripeserver.Sandbox // with empty books, for whoever has not the key
}

// New returns the function. Nothing is connected yet.
func New(values config.Values) (function.Service, error) {
	settings, err := config.Fill[Settings](values)
	if err != nil {
		return function.Service{}, err
	}
	db, err := postgres.Open(settings.Database.URL, postgres.NewSchema("stripe_sandbox", migrations))
	if err != nil {
		return function.Service{}, err
	}
	keyless, err := stripeserver.Open(stripeserver.Config{})
	if err != nil {
		return function.Service{}, err
	}
	s := &sandbox{db, settings.Key, keyless}
	return function.Service{
		Name:     "stripe-sandbox",
		Settings: []any{Settings{}},
		Endpoints: []function.Endpoint{
			function.Raw("stripe-sandbox-tells", http.MethodGet, "/", s.answer),
			function.Raw("stripe-sandbox-does", http.MethodPost, "/", s.answer),
		},
		Start: db.Migrate,
		Ready: db.Ready,
		Stop:  db.Close,
	}, nil
}

// answer lets a sandbox that knows all that has happened answer one request, and keeps what that did.
func (s *sandbox) answer(w http.ResponseWriter, r *http.Request) {
	key, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) != 1 {
		r.Header.Del("Authorization")                    // a sandbox takes any key
		if !strings.HasPrefix(r.URL.Path, "/sandbox/") { // where the buyer's browser proves itself by the payment's client secret
			s.keyless.ServeHTTP(w, r)
			return
		}
	}
	var kept *reply
	_, err := s.db.ChangeInTurn(r.Context(), "stripe", func(tx postgres.Tx) (event.Draft, error) {
		kept = &reply{header: http.Header{}}
		sandbox, err := stripeserver.Open(stripeserver.Config{Journal: journal{r.Context(), tx}, SilentFor: silence, Logger: slog.Default()})
		if err != nil {
			return event.Draft{}, err
		}
		sandbox.ServeHTTP(kept, r)
		return event.Draft{}, sandbox.Close(r.Context())
	})
	if err != nil {
		apierror.Write(w, err)
		return
	}
	maps.Copy(w.Header(), kept.header)
	w.WriteHeader(kept.status)
	_, _ = w.Write(kept.body) // a client that is gone asks again
}

// reply is an answer that is sent when what it says is kept.
type reply struct {
	header http.Header
	status int
	body   []byte
}

func (r *reply) Header() http.Header { return r.header }

func (r *reply) WriteHeader(status int) { r.status = status }

func (r *reply) Write(b []byte) (int, error) {
	r.body = append(r.body, b...)
	return len(b), nil
}

// journal is the sandbox's, in the transaction of one request.
type journal struct {
	ctx context.Context //nolint:containedctx // of the request, for which it is made
	tx  postgres.Tx
}

// Read implements stripeserver.Journal.
func (j journal) Read() ([][]byte, error) {
	return postgres.All(j.ctx, j.tx, pgx.RowTo[[]byte], `SELECT convert_to(change, 'UTF8') FROM journal ORDER BY id`)
}

// Append implements stripeserver.Journal.
func (j journal) Append(change []byte) error {
	_, err := j.tx.Exec(j.ctx, `INSERT INTO journal (change) VALUES ($1)`, string(change))
	return err
}
