package function_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

type storeSettings struct {
	URL string `env:"STORE_URL" required:"true"`
}

type moneySettings struct {
	Key string `env:"MONEY_KEY" required:"true"`
}

func shop(config.Values) (function.Service, error) {
	nothing := func(context.Context) error { return nil }
	none := func(context.Context, function.None) (function.None, error) { return function.None{}, nil }
	return function.Service{
		Name:      "shop",
		Settings:  []any{storeSettings{}},
		Endpoints: []function.Endpoint{function.GET("get", "/", none), function.PUT("put-note", "/notes/{id}", putNote)},
		Consumers: []function.Consumer{function.On("copy", func(context.Context, event.Ticket) error { return nil }, event.TicketCreated, event.TicketUpdated)},
		Schedules: []function.Schedule{function.Every("sweep", time.Hour, nothing), function.Every("charge", time.Hour, nothing).Uses(moneySettings{})},
	}, nil
}

// A service has the functions that were chosen, and asks for the settings that these read, not for those of others.
func TestOpen(t *testing.T) {
	t.Parallel()
	all := []string{"get", "put-note", "copy", "sweep", "charge"}
	store := config.Values{"STORE_URL": "x", "EVENT_KEY_TICKETS": functiontest.EventKey("tickets")}
	both := store.With(config.Values{"MONEY_KEY": "x"})
	for _, c := range []struct {
		values config.Values
		names  []string
		fails  string
	}{
		{both, nil, ""}, {both, []string{"put-note", "copy"}, ""}, {both, all, ""}, {store, []string{"sweep"}, ""},
		{store, []string{"charge"}, "MONEY_KEY"}, {store, nil, "MONEY_KEY"}, {config.Values{"MONEY_KEY": "x"}, []string{"sweep"}, "STORE_URL"}, {both.With(config.Values{"EVENT_KEY_TICKETS": ""}), []string{"copy"}, "EVENT_KEY_TICKETS"},
		{both, []string{"get", "gett"}, `"gett", only get, put-note, copy, sweep, charge`},
	} {
		s, err := function.Open(shop, c.values, c.names...)
		want := c.names
		if want == nil {
			want = all
		}
		if c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) || c.fails == "" && (err != nil || !slices.Equal(s.Functions(), want)) {
			t.Errorf("%v %v: %v, %v; want %q", c.values, c.names, s.Functions(), err, c.fails)
		}
	}
	s, err := function.Open(shop, both)
	if err != nil || !slices.Equal(s.Consumers[0].Types, []string{"tickets.created", "tickets.updated"}) || !strings.HasSuffix(s.Endpoints[1].Source, "function_test.putNote") {
		t.Errorf("%+v, %v", s, err)
	}
}
