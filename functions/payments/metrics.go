package payments

import "github.com/prometheus/client_golang/prometheus"

// Outcomes of payments, as ticketing_payments_total counts them.
const (
	succeeded = "succeeded"
	declined  = "declined" // the card
	failed    = "failed"   // for any other reason: abandoned, or Stripe was away before any money could move
	refunded  = "refunded"
)

// count counts an outcome that is committed, if it is news.
func (p *Payments) count(outcome string, news bool) {
	if news {
		p.outcomes.WithLabelValues(outcome).Inc()
	}
}

// collectors are the metrics of the service, its gateway and its database.
func (p *Payments) collectors() []prometheus.Collector {
	return append(p.db.Collectors(), p.outcomes, p.gateway.Durations())
}
