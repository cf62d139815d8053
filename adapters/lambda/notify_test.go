package lambda

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/functions/tickets"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/pgtest"
	"github.com/gittix/ticketing/shared/function/functiontest"
	"github.com/gittix/ticketing/shared/session"
)

// TestNotify: when an invocation has been answered, and the environment may be frozen, the dispatcher has been notified of the event.
func TestNotify(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	url := pgtest.Database(t)
	a, err := Open(tickets.New, functiontest.EventKeys().With(config.Values{"DATABASE_URL": url, "JWT_SECRET": functiontest.Secret, "ATTACHMENT_KEY": functiontest.Secret}), AWS{}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Stop)
	if err := a.service.Start(ctx); err != nil { // migrations, which a deploy runs
		t.Fatal(err)
	}
	dispatcher, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer dispatcher.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the test is over
	if _, err := dispatcher.Exec(ctx, `LISTEN outbox`); err != nil {
		t.Fatal(err)
	}
	cookie, err := session.Keys{Secret: []byte(functiontest.Secret), Secure: true}.Issue(1, "user@example.com")
	if err != nil {
		t.Fatal(err)
	}
	answer := invoke(t, a, fmt.Sprintf(`{"path":"/api/tickets","httpMethod":"POST","body":"{\"title\":\"Opera\",\"price\":42.5}",
		"headers":{"Content-Type":"application/json","Cookie":"%s=%s"}}`, cookie.Name, cookie.Value))
	if answer.Status != http.StatusCreated {
		t.Fatalf("%d %s", answer.Status, answer.Body)
	}
	if _, err := dispatcher.Exec(ctx, `NOTIFY outbox, 'later'`); err != nil {
		t.Fatal(err)
	}
	if n, err := dispatcher.WaitForNotification(ctx); err != nil || n.Payload == "later" {
		t.Errorf("the dispatcher was not notified: %v", err)
	}
}
