package telemetry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/telemetry"
)

// gauges lists what a scrape sees, such as "size{a}=1".
func gauges(t *testing.T, registry *prometheus.Registry) (seen []string) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			seen = append(seen, fmt.Sprintf("%s{%s}=%v", f.GetName(), m.GetLabel()[0].GetValue(), m.GetGauge().GetValue()))
		}
	}
	slices.Sort(seen)
	return seen
}

func TestAsked(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	var away error
	err := errors.Join(
		telemetry.Register(registry, "a", telemetry.Asked(func(context.Context) ([]float64, error) { return []float64{1, 2}, away },
			telemetry.Gauge{Name: "size", Help: "s"}, telemetry.Gauge{Name: "weight", Help: "w"})),
		telemetry.Register(registry, "b", telemetry.DeadLetters(func(context.Context) (int64, error) { return 3, nil })),
		telemetry.Register(registry, "c", telemetry.DeadLetters(func(ctx context.Context) (int64, error) { // a database that does not answer
			<-ctx.Done()
			return 0, ctx.Err()
		})),
	)
	if err != nil {
		t.Fatal(err)
	}
	if seen, want := gauges(t, registry), []string{"size{a}=1", "ticketing_dead_letters{b}=3", "weight{a}=2"}; !slices.Equal(seen, want) {
		t.Errorf("%v, want %v", seen, want)
	}
	away = errors.New("away")
	if seen, want := gauges(t, registry), []string{"ticketing_dead_letters{b}=3"}; !slices.Equal(seen, want) {
		t.Errorf("while a is away: %v, want %v", seen, want)
	}
	if err := telemetry.Register(registry, "b", telemetry.DeadLetters(nil)); err == nil {
		t.Error("registered twice")
	}
}
