package payments

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/postgres"
	"github.com/gittix/ticketing/shared/telemetry"
)

// Outcomes of payments, as ticketing_payments_total counts them.
const (
	succeeded = "succeeded"
	declined  = "declined" // the card
	failed    = "failed"   // for any other reason: abandoned, or Stripe was away before any money could move
	refunded  = "refunded"
	// of what becomes of money afterwards
	refundFailed = "refund_failed"
	disputed     = "disputed" // by the buyer's bank
	disputeWon   = "dispute_won"
	disputeLost  = "dispute_lost"
)

var outcomesOf = []string{succeeded, declined, failed, refunded, refundFailed, disputed, disputeWon, disputeLost}

// count counts an outcome that is committed, if it is news.
func (p *Payments) count(outcome string, news bool) {
	if news {
		p.outcomes.WithLabelValues(outcome).Inc()
	}
}

// collectors are the metrics of the service, its gateway and its database.
func (p *Payments) collectors() []prometheus.Collector {
	return append(p.db.Collectors(), p.outcomes, p.owed(), p.gateway.Durations())
}

// countReversal counts what has become of money since it was taken.
func (p *Payments) countReversal(before, after event.Payment) {
	p.count(refunded, after.Status == event.PaymentIsRefunded && before.Status != after.Status)
	sent := before.Refund == event.RefundPending || before.Status == event.PaymentIsRefunded
	p.count(refundFailed, after.Refund == event.RefundFailed && before.Refund != after.Refund || sent && after.Refund == event.RefundOwed)
	for dispute, outcome := range map[event.Dispute]string{event.DisputeOpen: disputed, event.DisputeWon: disputeWon, event.DisputeLost: disputeLost} {
		p.count(outcome, after.Dispute == dispute && before.Dispute != dispute)
	}
}

// owed returns the collector of refundsOwed.
func (p *Payments) owed() prometheus.Collector {
	return telemetry.Asked(p.refundsOwed,
		telemetry.Gauge{Name: "ticketing_refunds_owed", Help: "Payments whose money is to go back, and has not been sent."},
		telemetry.Gauge{Name: "ticketing_refunds_oldest_age_seconds", Help: "For how long the oldest of them has been owed; 0 if there is none."})
}

// refundsOwed returns how many refunds Stripe has not accepted yet, and the age of the oldest in seconds. Those that it has, or
// whose money a bank has, wait for others.
func (p *Payments) refundsOwed(ctx context.Context) ([]float64, error) {
	return postgres.One(ctx, p.db, func(row pgx.CollectableRow) ([]float64, error) {
		values := make([]float64, 2)
		return values, row.Scan(&values[0], &values[1])
	}, `SELECT count(*)::float8, coalesce(greatest(0, extract(epoch FROM clock_timestamp() - min(owed_since))), 0)::float8
		FROM payments WHERE next_attempt_at IS NOT NULL AND refund = 'owed' AND dispute <> 'open'`)
}

// tellOverdue logs that a refund has been owed for more than an hour. Where nothing collects metrics, an alarm reads this log.
func (p *Payments) tellOverdue(ctx context.Context) error {
	owed, err := p.refundsOwed(ctx)
	if err == nil && owed[1] > time.Hour.Seconds() {
		function.Log(ctx).WarnContext(ctx, "a refund is overdue", "owed", owed[0], "oldest_age_seconds", owed[1])
	}
	return err
}
