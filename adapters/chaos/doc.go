// Package chaos breaks the system while clients trade, and then audits it.
//
// The services run as Kubernetes runs them, as Knative does (processes that end when no request comes, and begin with a
// request) and as Lambda does (processes that are frozen between invocations), on either bus. A nemesis draws faults by a seed, which
// the test prints (CHAOS_SEED=… repeats it): processes are killed and hang, clocks are
// wrong, PostgreSQL fails over, the network is cut, slow or silent, Stripe refuses or fails after the effect; see faults. While one
// lasts, requests may fail by a 503 or a lost connection, and during some of them not at all. Once it is over the system must sell
// again by itself within a minute, and then no request fails. In the end nothing that was confirmed is lost, every invariant holds,
// each event is on the bus and done with by every consumer, and what clients saw of reservations is linearizable. No order has expired
// early; none later than a second after its time while nothing was broken, or 21 seconds while Redis was away (see soon, swept).
//
// It takes a minute by default, and with CHAOS=full, which is `make chaos`, thirty (CHAOS_TIME=…), a third for each way of running,
// with two faults at once now and then; CHAOS_FAULTS=Stripe leaves the faults with that in their names. REPORT.md is what the long form found last.
// It needs redis-server and pgbouncer (`make install install-pooler`, which need neither root nor a service that runs).
package chaos
