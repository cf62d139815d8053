package function_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

type storeSettings struct {
	URL string `env:"STORE_URL" required:"true"`
}

type moneySettings struct {
	Key string `env:"MONEY_KEY" required:"true"`
}

func build(config.Values) (function.Service, error) {
	nothing := func(context.Context) error { return nil }
	return function.Service{
		Name:     "shop",
		Settings: []any{storeSettings{}},
		Schedules: []function.Schedule{
			function.Every("sweep-rows", time.Hour, nothing),
			function.Every("charge-cards", time.Hour, nothing).Uses(moneySettings{}),
		},
	}, nil
}

// A function is asked for the settings that it reads, and not for those of its neighbors.
func TestOpenAsksForWhatIsUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values  config.Values
		names   []string
		missing string
	}{
		{config.Values{"STORE_URL": "x"}, []string{"sweep-rows"}, ""},
		{config.Values{"STORE_URL": "x"}, []string{"charge-cards"}, "MONEY_KEY"},
		{config.Values{"STORE_URL": "x"}, nil, "MONEY_KEY"},
		{config.Values{"MONEY_KEY": "x"}, []string{"sweep-rows"}, "STORE_URL"},
		{config.Values{"STORE_URL": "x", "MONEY_KEY": "x"}, nil, ""},
	} {
		_, err := function.Open(build, c.values, c.names...)
		if (err == nil) != (c.missing == "") || err != nil && !strings.Contains(err.Error(), c.missing) {
			t.Errorf("%v %v: %v, want %q to be missing", c.values, c.names, err, c.missing)
		}
	}
}

func TestNeedsNameTheHandler(t *testing.T) {
	t.Parallel()
	e := function.PUT("put-note", "/notes/{id}", putNote)
	if !strings.HasSuffix(e.Source, "function_test.putNote") {
		t.Errorf("source: %q", e.Source)
	}
}
