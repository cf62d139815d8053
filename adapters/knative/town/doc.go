// Package town holds the test that runs the whole system as Knative runs it: each service is its real program,
// which sleeps until a request comes, and the dispatcher brings events through a Broker, or to the services
// themselves where there is no Eventing.
//
// Knative's own part is played by two small things, written from the source of Eventing v0.50: a broker, which
// promises what the Broker over an in-memory channel does and no more; and a revision, which starts a process
// for the first request, may lose it at any moment, and ends it when there is none.
package town
