// Package simulation plays histories of the whole system, by the thousand, on a time and in an order that a scheduler decides.
//
// One process holds two replicas of each service with everything they do: endpoints, consumers, relays, schedules. Their
// handlers are the real ones, and so are PostgreSQL and Redis; the bus and the network to Stripe's sandbox are the simulation's:
// they lose, repeat, delay and reorder what they are given, and fail before or after the effect. A history is a list of steps,
// drawn from a seed: someone orders or pays, sends money back in Stripe's dashboard,
// comes with the cookie of a session that has ended; an event is delivered, a schedule runs, time passes, a process crashes.
//
// A task stops before each of its effects (a statement, a call of Stripe, an event for the bus, its answer), since the services
// start a span before each and the simulation's tracer does not return until the scheduler says so. So tasks interleave
// statement by statement, and a process can crash between any two of them: its connections end, and what it had under way never
// has an effect again.
//
// Time is testing/synctest's. It stands still while a task works, also while PostgreSQL does, and passes when a step says so.
// Each process and each database has a clock of its own, up to 30 s from the true one; the databases' now() is the history's.
//
// After every step, what may not be at any time is looked for. Then everything comes to its rest without faults, and the
// invariants of the contract must hold, as systemtest.Audit reads them. A history that violates one is shortened, and told step by step.
// The same history always plays the same, so a seed is enough to see it again:
//
//	SEED=4711 make simulate
package simulation
