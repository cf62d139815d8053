// Package overload asks services for more than they can serve, and measures what they do then.
//
// Its promises, of each service as a process with the memory limit of a pod: asked for ten times what it can serve, it goes on serving
// at least four fifths of that, refuses the rest at once with 503 and Retry-After, answers /health, keeps every queue and its memory
// within their limits, and serves at full speed soon after. Of many buyers of one ticket exactly one gets it.
//
// The tests check all of that but times, for a moment. OVERLOAD=full, which is `make overload`, does it for a minute each, judges times as
// well, and prints a table. The load comes from a process of its own, on a processor of its own where there are several. Its requests
// begin when they are due, whatever became of those before, each as if it were another user's: so one that is refused is not sent again,
// and makes no room for others. What is due while all connections wait for answers is not sent, and counted. The buyers come again, each on
// a connection of its own, as Retry-After says.
package overload
