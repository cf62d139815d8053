package payments

import (
	"github.com/prometheus/client_golang/prometheus"
)

// What can become of payments, as ticketing_payments_total tells them apart.
const (
	succeeded = "succeeded"
	declined  = "declined" // the card
	failed    = "failed"   // for any other reason: abandoned, or Stripe was away before any money could move
	refunded  = "refunded"
)

// newOutcomes counts what has happened, once it is committed.
func newOutcomes() *prometheus.CounterVec {
	outcomes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ticketing_payments_total", Help: "What became of payments: succeeded, declined, failed, refunded.",
	}, []string{"outcome"})
	for _, outcome := range []string{succeeded, declined, failed, refunded} {
		outcomes.WithLabelValues(outcome) // a rate needs the zero that it starts from
	}
	return outcomes
}

// collectors are all that the service measures itself.
func (p *Payments) collectors() []prometheus.Collector {
	return append(p.store.db.Collectors(), p.outcomes, p.gateway.Durations())
}
