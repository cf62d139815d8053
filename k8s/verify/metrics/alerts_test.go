package metrics

import (
	"maps"
	"slices"
	"testing"
	"time"
)

// situation is what an alert is shown: series that make it fire at a time, and others that must not.
type situation struct {
	at          time.Duration
	loud, quiet []string
}

// situations has one for each alert. A series has a value a minute.
var situations = map[string]situation{
	"ErrorBudgetBurnsFast": {
		at: 70 * time.Minute,
		loud: []string{
			`ticketing_request_duration_seconds_count{service="orders",function="create-order",status="201"} 0+97x80`,
			`ticketing_request_duration_seconds_count{service="orders",function="create-order",status="500"} 0+3x80`},
		quiet: []string{ // 2 % for an hour, but no more; and one failure of a service that hardly anybody asks
			`ticketing_request_duration_seconds_count{service="orders",function="create-order",status="201"} 0+98x80`,
			`ticketing_request_duration_seconds_count{service="orders",function="create-order",status="500"} 0+2x60 120x20`,
			`ticketing_request_duration_seconds_count{service="auth",function="sign-in",status="200"} 0x60 0+1x20`,
			`ticketing_request_duration_seconds_count{service="auth",function="sign-in",status="500"} 0x66 1x14`},
	},
	"ErrorBudgetBurnsSlowly": {
		at: 7 * time.Hour,
		loud: []string{
			`ticketing_request_duration_seconds_count{service="orders",status="201"} 0+99x430`,
			`ticketing_request_duration_seconds_count{service="orders",status="503"} 0+1x430`},
		quiet: []string{
			`ticketing_request_duration_seconds_count{service="orders",status="201"} 0+1000x430`,
			`ticketing_request_duration_seconds_count{service="orders",status="503"} 0+1x430`},
	},
	"RequestsSlow": {
		at: 30 * time.Minute,
		loud: []string{
			`ticketing_request_duration_seconds_bucket{service="orders",function="list-orders",le="1"} 0+90x40`,
			`ticketing_request_duration_seconds_bucket{service="orders",function="list-orders",le="2.5"} 0+100x40`,
			`ticketing_request_duration_seconds_bucket{service="orders",function="list-orders",le="+Inf"} 0+100x40`},
		quiet: []string{ // it waits for Stripe
			`ticketing_request_duration_seconds_bucket{service="payments",function="create-payment",le="1"} 0+90x40`,
			`ticketing_request_duration_seconds_bucket{service="payments",function="create-payment",le="2.5"} 0+100x40`,
			`ticketing_request_duration_seconds_bucket{service="payments",function="create-payment",le="+Inf"} 0+100x40`},
	},
	"Panics": {
		at:    20 * time.Minute,
		loud:  []string{`ticketing_panics_total{service="tickets",function="get-ticket"} _x18 1x10`}, // the first of a new process
		quiet: []string{`ticketing_panics_total{service="tickets",function="get-ticket"} 1x30`},
	},
	"OutboxNotSent": {
		at: 5 * time.Minute,
		loud: []string{
			`ticketing_outbox_oldest_age_seconds{service="orders",pod="a"} 0 0 0 0 0 61`,
			`ticketing_outbox_oldest_age_seconds{service="orders",pod="b"} 0 0 0 0 0 62`},
		quiet: []string{`ticketing_outbox_oldest_age_seconds{service="orders"} 100 90 59 0 0 59`},
	},
	"DeadLetters": {
		at:    2 * time.Minute,
		loud:  []string{`ticketing_dead_letters{service="tickets",pod="a"} 0 0 1`, `ticketing_dead_letters{service="tickets",pod="b"} 0 0 1`},
		quiet: []string{`ticketing_dead_letters{service="tickets"} 3 1 0`},
	},
	"ExpiryLate": {
		at: 20 * time.Minute,
		loud: []string{
			`ticketing_expiration_lateness_seconds_bucket{le="5"} 0x30`,
			`ticketing_expiration_lateness_seconds_bucket{le="10"} 0+1x30`,
			`ticketing_expiration_lateness_seconds_bucket{le="+Inf"} 0+1x30`},
		quiet: []string{
			`ticketing_expiration_lateness_seconds_bucket{le="5"} 0+1x30`,
			`ticketing_expiration_lateness_seconds_bucket{le="10"} 0+1x30`,
			`ticketing_expiration_lateness_seconds_bucket{le="+Inf"} 0+1x30`},
	},
	"ScheduleFails": {
		at:   25 * time.Minute,
		loud: []string{`ticketing_schedule_runs_total{service="orders",function="sweep-overdue",outcome="failed"} 0+4x30`},
		quiet: []string{
			`ticketing_schedule_runs_total{service="orders",function="sweep-overdue",outcome="failed"} 0+2x30`,
			`ticketing_schedule_runs_total{service="orders",function="sweep-overdue",outcome="done"} 0+2x30`},
	},
	"PaymentsFailing": {
		at: 20 * time.Minute,
		loud: []string{
			`ticketing_payments_total{service="payments",outcome="failed"} 0+1x30`,
			`ticketing_payments_total{service="payments",outcome="declined"} 0x30`,
			`ticketing_payments_total{service="payments",outcome="succeeded"} 0+1x30`},
		quiet: []string{
			`ticketing_payments_total{service="payments",outcome="failed"} 0+1x30`,
			`ticketing_payments_total{service="payments",outcome="declined"} 0+10x30`,
			`ticketing_payments_total{service="payments",outcome="succeeded"} 0+9x30`},
	},
	"StripeFailing": {
		at: 20 * time.Minute,
		loud: []string{
			`ticketing_stripe_request_duration_seconds_count{service="payments",operation="confirm",outcome="unavailable"} 0+1x30`,
			`ticketing_stripe_request_duration_seconds_count{service="payments",operation="confirm",outcome="ok"} 0+5x30`},
		quiet: []string{
			`ticketing_stripe_request_duration_seconds_count{service="payments",operation="confirm",outcome="declined"} 0+5x30`,
			`ticketing_stripe_request_duration_seconds_count{service="payments",operation="confirm",outcome="ok"} 0+5x30`},
	},
	"ServiceDown": {
		at: 5 * time.Minute,
		loud: []string{
			`kube_deployment_spec_replicas{namespace="ticketing",deployment="orders"} 2x10`,
			`kube_deployment_status_replicas_available{namespace="ticketing",deployment="orders"} 1 1 1 0x10`},
		quiet: []string{ // at zero on purpose, as Knative does
			`kube_deployment_spec_replicas{namespace="ticketing",deployment="orders"} 0x10`,
			`kube_deployment_status_replicas_available{namespace="ticketing",deployment="orders"} 0x10`},
	},
	"ServiceNotReady": {
		at: 15 * time.Minute,
		loud: []string{
			`kube_statefulset_replicas{namespace="ticketing",statefulset="nats"} 3x20`,
			`kube_statefulset_status_replicas_ready{namespace="ticketing",statefulset="nats"} 2x20`},
		quiet: []string{ // a rolling update
			`kube_statefulset_replicas{namespace="ticketing",statefulset="nats"} 3x20`,
			`kube_statefulset_status_replicas_ready{namespace="ticketing",statefulset="nats"} 2x7 3 2x12`},
	},
	"ScrapeDown": {
		at:    10 * time.Minute,
		loud:  []string{`up{job="ticketing",app="orders",pod="orders-1"} 1 1 0x10`},
		quiet: []string{`up{job="knative",app="orders",pod="orders-1"} 0 0 1x10`},
	},
	"PoolExhausted": {
		at:    15 * time.Minute,
		loud:  []string{`ticketing_postgres_acquire_wait_seconds_total{service="orders"} 0+180x20`},
		quiet: []string{`ticketing_postgres_acquire_wait_seconds_total{service="orders"} 0+30x20`},
	},
	"VolumeFilling": {
		at: 3 * time.Hour,
		loud: []string{ // 35 % left, and a percent less each minute
			`kubelet_volume_stats_capacity_bytes{namespace="ticketing",persistentvolumeclaim="data-orders-postgres-0"} 1000x200`,
			`kubelet_volume_stats_available_bytes{namespace="ticketing",persistentvolumeclaim="data-orders-postgres-0"} 530-1x200`},
		quiet: []string{
			`kubelet_volume_stats_capacity_bytes{namespace="ticketing",persistentvolumeclaim="data-orders-postgres-0"} 1000x200`,
			`kubelet_volume_stats_available_bytes{namespace="ticketing",persistentvolumeclaim="data-orders-postgres-0"} 350x200`},
	},
	"NodeDiskFilling": {
		at: 30 * time.Minute,
		loud: []string{
			`node_filesystem_size_bytes{node="one",fstype="ext4",mountpoint="/"} 1000x40`,
			`node_filesystem_avail_bytes{node="one",fstype="ext4",mountpoint="/"} 140x40`},
		quiet: []string{
			`node_filesystem_size_bytes{node="one",fstype="tmpfs",mountpoint="/run"} 1000x40`,
			`node_filesystem_avail_bytes{node="one",fstype="tmpfs",mountpoint="/run"} 140x40`},
	},
}

// TestAlertsFire: each alert fires in its situation, once, and not in the one that only resembles it.
func TestAlertsFire(t *testing.T) {
	t.Parallel()
	all := rules(t)
	seen := map[string]bool{}
	for _, rule := range all {
		if rule.Alert == "" {
			continue
		}
		seen[rule.Alert] = true
		t.Run(rule.Alert, func(t *testing.T) {
			t.Parallel()
			s, ok := situations[rule.Alert]
			if !ok {
				t.Fatal("nothing shows that it fires")
			}
			if firing := newWorld(t, s.loud...).fires(t, all, rule.Alert, s.at); len(firing) != 1 {
				t.Errorf("it fires for %v", firing)
			}
			if firing := newWorld(t, s.quiet...).fires(t, all, rule.Alert, s.at); len(firing) != 0 {
				t.Errorf("it fires without a reason for %v", firing)
			}
		})
	}
	for _, name := range slices.Sorted(maps.Keys(situations)) {
		if !seen[name] {
			t.Errorf("there is no alert %s", name)
		}
	}
}

// TestNothingScraped: an empty Prometheus is no healthy system.
func TestNothingScraped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `up{job="node",node="one"} 1x10`)
	if firing := w.fires(t, rules(t), "ScrapeDown", 10*time.Minute); len(firing) != 1 {
		t.Errorf("it fires for %v", firing)
	}
}

// TestHourlySchedule: a job that runs once an hour is missed, too.
func TestHourlySchedule(t *testing.T) {
	t.Parallel()
	const runs = `ticketing_schedule_runs_total{service="auth",function="sweep-sessions",outcome=`
	failed := runs + `"failed"} 0x59 1x59 2x59 3x59 4x59`
	if firing := newWorld(t, failed).fires(t, rules(t), "ScheduleFails", 4*time.Hour); len(firing) != 1 {
		t.Errorf("it fires for %v", firing)
	}
	if firing := newWorld(t, failed, runs+`"done"} 0x99 1x200`).fires(t, rules(t), "ScheduleFails", 4*time.Hour); len(firing) != 0 {
		t.Errorf("it fires without a reason for %v", firing)
	}
}

// TestOutboxOfTheDispatcher: it says of an outbox what its service cannot say while it sleeps.
func TestOutboxOfTheDispatcher(t *testing.T) {
	t.Parallel()
	w := newWorld(t, `ticketing_dispatch_outbox_age_seconds{app="dispatcher",outbox="expiration"} 0 61 61`)
	if firing := w.fires(t, rules(t), "OutboxNotSent", 2*time.Minute); len(firing) != 1 || firing[0].Get("service") != "expiration" {
		t.Errorf("it fires for %v", firing)
	}
}
