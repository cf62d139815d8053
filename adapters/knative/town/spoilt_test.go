package town_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/timestamp"
)

// spoil publishes two events that orders cannot take: one that it rejects, for its data are no ticket, and one
// that it fails on however often it comes, for its database has a curse on the title.
func (tw *town) spoil(t *testing.T) {
	t.Helper()
	if _, err := tw.orders.Exec(t.Context(), `ALTER TABLE tickets ADD CHECK (title <> 'cursed')`); err != nil {
		t.Fatal(err)
	}
	b, err := busurl.Open(tw.busURL, "spoiler", bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := b.Close(ctx); err != nil {
			t.Error(err)
		}
	}()
	now := timestamp.Of(time.Now())
	cursed, err := event.Of(t.Context(), event.TicketCreated, event.Ticket{ID: 1 << 30, UserID: 1, Title: "cursed", Price: 100, CreatedAt: now, UpdatedAt: now})
	if err != nil {
		t.Fatal(err)
	}
	rejected := cursed
	rejected.Data = json.RawMessage(`{"id":-1}`)
	for id, draft := range map[string]event.Draft{"cursed": cursed, "rejected": rejected} {
		data, err := json.Marshal(draft.At(id, 1, time.Now()))
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, func(ctx context.Context) error { return b.Publish(ctx, draft.Type, data) })
	}
}

// buries waits until both lie in the dead letters of orders, and the Broker, if there is one, need not hear of
// them again.
func (tw *town) buries(t *testing.T) {
	t.Helper()
	want := []string{"cursed", "rejected"}
	eventually(t, func(ctx context.Context) error {
		rows, err := tw.orders.Query(ctx, `SELECT event FROM dead_letters WHERE function = 'copy-ticket'`)
		if err != nil {
			return err
		}
		events, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
		if err != nil {
			return err
		}
		var found []string
		for _, data := range events {
			e, err := event.Decode(data)
			if err != nil {
				t.Fatalf("%v: %s", err, data)
			}
			found = append(found, e.ID())
		}
		slices.Sort(found)
		if found = slices.Compact(found); !slices.Equal(found, want) { // at least once
			return fmt.Errorf("in the dead letters lie %v", found)
		}
		for _, id := range want {
			if tw.broker != nil && !tw.broker.took(id) {
				return fmt.Errorf("the Broker has not taken %s", id)
			}
		}
		return nil
	})
}
