package functiontest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
)

// Metric returns one of the service's metrics, such as `ticketing_orders_total outcome=created`: the value
// of a counter or a gauge, or the number of observations of a histogram. ok is false where there is no such series.
func (r *Run) Metric(series string) (value float64, ok bool) {
	r.t.Helper()
	return Metric(r.t, r.registry, series)
}

// Counted checks metrics by their names, without ticketing_, and labels.
func (r *Run) Counted(want map[string]float64) {
	r.t.Helper()
	for series, n := range want {
		if got, ok := r.Metric("ticketing_" + series); !ok || got != n {
			r.t.Errorf("%s is %v (%v), want %v", series, got, ok, n)
		}
	}
}

// Metric returns a metric of a registry. Labels that the series does not name may have any value; of
// several series it is the sum.
func Metric(t testing.TB, registry prometheus.Gatherer, series string) (value float64, ok bool) {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	wanted := strings.Fields(series)
	for _, f := range families {
		if f.GetName() != wanted[0] {
			continue
		}
		for _, m := range f.GetMetric() {
			labels := map[string]bool{}
			for _, l := range m.GetLabel() {
				labels[fmt.Sprintf("%s=%s", l.GetName(), l.GetValue())] = true
			}
			if all(labels, wanted[1:]) {
				value += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
				ok = true
			}
		}
	}
	return value, ok
}

func all(labels map[string]bool, wanted []string) bool {
	for _, l := range wanted {
		if !labels[l] {
			return false
		}
	}
	return true
}
