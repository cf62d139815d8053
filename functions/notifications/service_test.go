package notifications_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/notifications"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// fixture is the service on a database of its own.
type fixture struct {
	*functiontest.Run
	t  testing.TB
	db *postgres.DB
}

func start(t testing.TB) fixture {
	t.Helper()
	url := pgtest.Database(t)
	s, err := notifications.New(config.Values{"DATABASE_URL": url, "JWT_SECRET": functiontest.Secret, "MAIL_LINK_KEY": "of-the-tests-for-the-links-in-mails"})
	if err != nil {
		t.Fatal(err)
	}
	db, err := postgres.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(db.Close)
	return fixture{functiontest.Start(t, s), t, db}
}

// TestCopyAccount: the newest version of an account is kept, whichever comes last.
func TestCopyAccount(t *testing.T) {
	t.Parallel()
	f := start(t)
	for _, a := range []event.Account{{UserID: 5, Email: "b@example.com", Version: 1, Confirmed: true}, {UserID: 5, Email: "a@example.com"}} {
		functiontest.Deliver(t, f.Run, "copy-account", event.AuthAccountChanged, a)
	}
	email, err := postgres.One(t.Context(), f.db, pgx.RowTo[string], `SELECT email FROM accounts WHERE user_id = 5 AND confirmed`)
	if err != nil || email != "b@example.com" {
		t.Errorf("%s, %v", email, err)
	}
}
