package bench

// why is what each row that misses its goal misses it by, as far as profiles and trials show.
var why = map[string]string{
	"memory of a service, idle":                      "16 to 20 MB of it are pages of the program, which its replicas on a node share",
	"start of a service, to /health":                 "the packages that it links take some 4 ms to initialize: Prometheus, gRPC, protobuf",
	"program of a service, stripped":                 "Stripe's client",
	"Lambda v2 event over net/http":                  "the library that translates events takes 20 µs alone",
	"Lambda's package of a service":                  "AWS's client for SNS, by which functions may send their events, is .5 MB of it; then Stripe's",
	"list of 20, each another":                       "net/http and the query are half of it; routing, limits, the log, metrics and JSON the rest",
	"list of 1000, each another":                     "the floor sends bytes that are ready; here 1000 rows become values, and these JSON",
	"one ticket, each another":                       "net/http and the query are half of it; routing, limits, the log and metrics the rest",
	"list of 20, nothing changed":                    "what is unchanged is in the database alone: the list is read before its tag is known",
	"list of 1000, nothing changed":                  "what is unchanged is in the database alone: the list is read before its tag is known",
	"one ticket, nothing changed":                    "the ticket is read before its tag is known, since its version is in the database alone; 36 % of the service's time is the function with its query (9 %), the rest net/http and the kernel",
	"create ticket, all it causes":                   "beside pgbench's transaction: an event that is signed, published and marked, and a copy in orders, in batches",
	"create order, all it causes":                    "three services store it and each other's events; pgbench has one transaction of two statements",
	"10,000 buyers of one ticket":                    "each is refused by a query of its own, since a ticket may be free again at any time",
	"current user":                                   "net/http and the query are .073 of it; the session's check, limits, metrics and headers the rest",
	"sign in":                                        "the attempt is counted, and the session stored",
	"sign up":                                        "the account, its session and its event are stored",
	"memory of auth, at most":                        "two hashes of 19 MiB at a time, and those before them that are not collected yet",
	"event to copy at 500/s, NATS Streaming":         latePlans,
	"event to copy at 500/s, JetStream":              latePlans,
	"expiry late, 200 at once":                       lateTogether,
	"expiry late, 200 at once and 100,000 scheduled": lateTogether,
	"Redis for 1,000,000 holds":                      "the trace and the signature of the event to come are kept with each",
}

const (
	latePlans    = "with fsync off it is 1.1 and 4 ms: the rest is the wait for the disk"
	lateTogether = "the last of 200 waits for those before it to be claimed, published and cancelled"
)
