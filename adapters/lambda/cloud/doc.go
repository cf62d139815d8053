// Package cloud holds the test that runs the whole system as AWS runs it: the real programs, one function to
// a process, behind a small Lambda of the test's own.
//
// That Lambda promises its functions what AWS does and no more: an environment starts with the first request
// that finds none idle, takes one payload at a time from a Runtime API of its own, is frozen in between, may
// vanish at any moment, and is given nothing that leads to the broker.
package cloud
