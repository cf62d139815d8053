package telemetry

import (
	"context"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// askWithin is for one question. A scrape gives up after ten seconds.
const askWithin = 1500 * time.Millisecond

// Gauge is the name and help text of a gauge, and the labels that it always has.
type Gauge struct {
	Name, Help string
	Labels     prometheus.Labels
}

// Asked returns a collector of gauges whose values, in their order, ask returns at each scrape, within 1.5
// seconds. When ask fails, that scrape leaves these gauges out and has all others.
func Asked(ask func(context.Context) ([]float64, error), gauges ...Gauge) prometheus.Collector {
	a := asked{ask: ask}
	for _, g := range gauges {
		a.gauges = append(a.gauges, prometheus.NewDesc(g.Name, g.Help, nil, g.Labels))
	}
	return a
}

// DeadLetters returns the collector of ticketing_dead_letters.
func DeadLetters(count func(context.Context) (int64, error)) prometheus.Collector {
	return Asked(func(ctx context.Context) ([]float64, error) {
		n, err := count(ctx)
		return []float64{float64(n)}, err
	}, Gauge{Name: "ticketing_dead_letters", Help: "Events that a consumer could not handle, and that are not replayed yet."})
}

type asked struct {
	ask    func(context.Context) ([]float64, error)
	gauges []*prometheus.Desc
}

func (a asked) Describe(descriptions chan<- *prometheus.Desc) {
	for _, g := range a.gauges {
		descriptions <- g
	}
}

func (a asked) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), askWithin)
	defer cancel()
	values, err := a.ask(ctx)
	if err != nil {
		return // the readiness probe says what is unavailable
	}
	for i, g := range a.gauges {
		metrics <- prometheus.MustNewConstMetric(g, prometheus.GaugeValue, values[i])
	}
}

// Outcomes returns a counter with the label outcome. Each outcome is there from the start, since a rate needs the zero
// that it starts from.
func Outcomes(name, help string, outcomes ...string) *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: name, Help: help + ": " + strings.Join(outcomes, ", ") + ".",
	}, []string{"outcome"})
	for _, outcome := range outcomes {
		c.WithLabelValues(outcome)
	}
	return c
}

// Register registers a service's own metrics. Each series gets the label service.
// Errors: a collector that is registered already.
func Register(r prometheus.Registerer, service string, collectors ...prometheus.Collector) error {
	r = prometheus.WrapRegistererWith(prometheus.Labels{"service": service}, r)
	for _, c := range collectors {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}
