package function_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
)

func TestSelect(t *testing.T) {
	t.Parallel()
	none := func(context.Context, function.None) (function.None, error) { return function.None{}, nil }
	s := function.Service{
		Name:      "test",
		Endpoints: []function.Endpoint{function.GET("get", "/", none), function.POST("post", "/", none)},
		Consumers: []function.Consumer{function.On("hear", func(context.Context, event.Ticket) error { return nil }, event.TicketCreated, event.TicketUpdated)},
		Schedules: []function.Schedule{function.Every("sweep", time.Second, func(context.Context) error { return nil })},
	}
	all := []string{"get", "post", "hear", "sweep"}
	if !slices.Equal(s.Consumers[0].Types, []string{"tickets.created", "tickets.updated"}) {
		t.Errorf("types %v", s.Consumers[0].Types)
	}
	for _, names := range [][]string{nil, {}, {"get"}, {"post", "hear"}, {"sweep"}, all} {
		got, err := s.Select(names...)
		want := names
		if len(names) == 0 {
			want = all
		}
		if err != nil || !slices.Equal(got.Functions(), want) || got.Name != "test" {
			t.Errorf("%v: %v, %v", names, got.Functions(), err)
		}
	}
	if !slices.Equal(s.Functions(), all) {
		t.Errorf("the service itself has changed: %v", s.Functions())
	}
	if _, err := s.Select("get", "gett"); err == nil || !strings.Contains(err.Error(), `"gett"`) || !strings.Contains(err.Error(), "get, post, hear, sweep") {
		t.Errorf("unknown name: %v", err)
	}
}
