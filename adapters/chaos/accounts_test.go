package chaos

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/gittix/ticketing/adapters/busroles"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/bus"
	"github.com/gittix/ticketing/shared/bus/access"
	"github.com/gittix/ticketing/shared/bus/busurl"
	"github.com/gittix/ticketing/shared/event"
)

// accounted: each event that a service has stored is on the bus, and each group of consumers has got all that is there and is done
// with it; of dead letters, which would do, too, the audit at rest allows none. It returns how many events there are.
func (v *verdict) accounted(t *testing.T) (events int) {
	t.Helper()
	arrived, close := v.readBus(t)
	for _, service := range systemtest.Publishers(t) {
		rows, err := v.Database(service).Query(t.Context(), `SELECT seq::text FROM outbox`)
		if err != nil {
			t.Fatal(err)
		}
		stored, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		events += len(stored)
		v.Eventually(t, "events of "+service+" on the bus", func(context.Context) error {
			stored = slices.DeleteFunc(stored, func(seq string) bool { _, there := arrived.Load(service + "/" + seq); return there })
			if len(stored) > 0 {
				return fmt.Errorf("%d are not there, such as %s", len(stored), stored[0])
			}
			return nil
		})
	}
	close()
	v.Eventually(t, "all events handled", v.handled)
	return events
}

// readBus returns the events that the bus has, as service/sequence. They come one after the other, until close.
func (v *verdict) readBus(t *testing.T) (arrived *sync.Map, close func()) {
	t.Helper()
	arrived = &sync.Map{}
	b, err := busurl.Open(v.Bus.URL, "audit", bus.Options{Concurrency: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, described := range event.All() {
		if err := b.Subscribe(bus.Subscription{Subject: described.Type, Group: "audit", Handle: func(_ context.Context, d bus.Delivery) error {
			e, err := event.Decode(d.Data)
			if err == nil {
				arrived.Store(fmt.Sprint(event.Publisher(e.Type()), "/", e.Extension("sequence")), nil)
			}
			return err
		}}); err != nil {
			t.Fatal(err)
		}
	}
	return arrived, func() { _ = b.Close(t.Context()) } // it has read all
}

// handled returns nil when nothing waits on the bus for any group of consumers.
func (v *verdict) handled(ctx context.Context) error {
	roles, err := busroles.All()
	if err != nil {
		return err
	}
	asked := 0
	for _, p := range v.parts {
		process, consumes := p.runner.(*systemtest.Process)
		if consumes = consumes && slices.ContainsFunc(roles, func(r access.Role) bool {
			return r.Name == p.name && (len(r.Consumes) > 0 || p.name == busroles.Dispatcher)
		}); !consumes {
			continue
		}
		waiting, err := metric(ctx, process, "ticketing_bus_waiting")
		if err == nil && waiting > 0 {
			err = fmt.Errorf("%v wait for a consumer", waiting)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		asked++
	}
	if asked == 0 {
		return errors.New("nothing consumes")
	}
	return nil
}

// metric asks a process for the value of a gauge.
func metric(ctx context.Context, p *systemtest.Process, name string) (float64, error) {
	all, err := p.Metrics(ctx)
	for series, value := range all {
		if strings.HasPrefix(series, name+"{") {
			return value, nil
		}
	}
	return 0, errors.Join(fmt.Errorf("no metric %s", name), err)
}
