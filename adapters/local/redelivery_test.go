package local

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/event"
)

// redeliver takes orders' copy of a ticket away, and has every event of the ticket come again: twice, and
// in any order. The copy must end as the ticket is.
func (w *world) redeliver(t *testing.T, ticket event.Ticket) {
	t.Helper()
	rows, err := w.db["tickets"].Query(t.Context(),
		`SELECT seq, type, subject, data FROM outbox WHERE subject = $1`, ticket.Subject())
	if err != nil {
		t.Fatal(err)
	}
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (event.Event, error) {
		var d event.Draft
		var seq int64
		err := row.Scan(&seq, &d.Type, &d.Subject, &d.Data)
		return d.At(fmt.Sprint(seq), seq, ticket.UpdatedAt.Time), err
	})
	if err != nil || len(events) != int(ticket.Version)+1 {
		t.Fatalf("%d events of version %d, %v", len(events), ticket.Version, err)
	}
	w.audited(t) // nothing else is under way: what is counted from here on is ours
	before := w.handled(t, "copy-ticket")
	if _, err := w.db["orders"].Exec(t.Context(), `DELETE FROM tickets WHERE id = $1`, ticket.ID); err != nil {
		t.Fatal(err)
	}
	events = append(events, events...)
	rand.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	for _, e := range events {
		w.publish(t, e)
	}
	w.eventually(t, func(context.Context) error {
		if n := w.handled(t, "copy-ticket") - before; n < len(events) {
			return fmt.Errorf("%d of %d events handled", n, len(events))
		}
		return nil
	})
	if err := w.copyEquals(t.Context(), ticket); err != nil {
		t.Error(err)
	}
}

func (w *world) publish(t *testing.T, e event.Event) {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.host.Bus.Publish(t.Context(), e.Type(), data); err != nil {
		t.Fatal(err)
	}
}

// handled is how many events a consumer is done with.
func (w *world) handled(t *testing.T, consumer string) (n int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL()+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	status, body, err := w.stranger(t).Send(req)
	if err != nil || status != http.StatusOK {
		t.Fatalf("metrics: %d, %v", status, err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), "} ")
		if !strings.HasPrefix(name, "ticketing_events_consumed_total{") ||
			!strings.Contains(name, `function="`+consumer+`"`) || !strings.Contains(name, `outcome="done"`) {
			continue
		}
		if _, err := fmt.Sscan(value, &n); err != nil {
			t.Fatal(err)
		}
	}
	return n
}
