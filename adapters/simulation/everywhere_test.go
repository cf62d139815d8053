package simulation

import (
	"os"
	"slices"
	"strings"
	"testing"
)

var (
	ordered = []step{{Do: "order"}, {Do: "flow"}}
	paid    = append(slices.Clone(ordered), step{Do: "pay"}, step{Do: "relay", What: 2})
	sold    = append(slices.Clone(paid), step{Do: "flow"})
	gone    = append(slices.Clone(sold), step{Do: "give back", Who: 2}, step{Do: "relay", What: 1})
	tooLate = append(slices.Clone(ordered), step{Do: "pay"}, step{Do: "cancel"}, step{Do: "relay", What: 2}, step{Do: "deliver"}, step{Do: "deliver"}, step{Do: "relay", What: 1})
	expired = append(slices.Clone(ordered), step{Do: "forget"}, step{Do: "pass", What: 7}, step{Do: "tick", What: 1}, step{Do: "pass", What: 3})
	stale   = append(slices.Clone(ordered), step{Do: "pass", What: 5}, step{Do: "extend"}, step{Do: "pass", What: 3}, step{Do: "pass", What: 1}, step{Do: "relay", What: 3})
	settled = append(slices.Clone(paid), step{Do: "deliver"}, step{Do: "pass", What: 7}, step{Do: "relay", What: 3})
	changes = []step{{Do: "reprice"}, {Do: "relay"}, {Do: "reprice", What: 3}, {Do: "relay"}}
	ended   = []step{{Do: "order"}, {Do: "relay", What: 1}, {Do: "cancel"}, {Do: "relay", What: 1}}
	twice   = append(slices.Clone(ordered), step{Do: "cancel"}, step{Do: "order", Who: 3}, step{Do: "relay", What: 1})
)

// acts are what one process does, and what another one does meanwhile.
var acts = []struct {
	name      string
	before    []step
	act       step
	service   int // of the act, in simulated
	meanwhile []step
}{
	{"an order, and another one of the same ticket", nil, step{Do: "order"}, 1, []step{{Do: "order", Who: 3}}},
	{"an order, and another one that is relayed first", nil, step{Do: "order"}, 1, []step{{Do: "order", Who: 3, What: 1}, {Do: "relay", What: 1}}},
	{"an order's end, and its beginning", ended, step{Do: "deliver", What: 4}, 2, []step{{Do: "deliver", Who: 1, What: 1}}},
	{"a change of a ticket, and the one before", changes, step{Do: "deliver", What: 1}, 1, []step{{Do: "deliver", Who: 1}}},
	{"the expiry of a paid order, and a cancellation", settled, step{Do: "deliver", What: 1}, 1, []step{{Do: "cancel", Who: 1}}},
	{"a payment, and another one of the same order", ordered, step{Do: "pay"}, 2, []step{{Do: "pay", Who: 1}}},
	{"a payment, and the reconciler", ordered, step{Do: "pay"}, 2, []step{{Do: "pass", What: 3}, {Do: "tick", Who: 1, What: 3}}},
	{"a payment that arrives, and a cancellation", paid, step{Do: "deliver"}, 1, []step{{Do: "cancel", Who: 1}}},
	{"a cancellation, and a payment that arrives", paid, step{Do: "cancel"}, 1, []step{{Do: "deliver", Who: 1}}},
	{"a refund, and the reconciler", tooLate, step{Do: "deliver"}, 2, []step{{Do: "tick", Who: 1, What: 3}}},
	{"a seller's refund, and another one", sold, step{Do: "give back"}, 1, []step{{Do: "give back", Who: 1}}},
	{"a seller's refund that withdraws the ticket, and one that does not", sold, step{Do: "give back", Who: 2}, 1, []step{{Do: "give back", Who: 1}}},
	{"a withdrawal by a refund that arrives, and the seller's own", gone, step{Do: "deliver"}, 0, []step{{Do: "withdraw", Who: 1}}},
	{"a seller's refund, and one at Stripe", sold, step{Do: "give back"}, 1, []step{{Do: "refund"}, {Do: "flow"}}},
	{"an expiry, and a payment", expired, step{Do: "tick", What: 1}, 1, []step{{Do: "pay", Who: 1}}},
	{"an expiry of before an extension, and a payment", stale, step{Do: "deliver"}, 1, []step{{Do: "pay", Who: 1}}},
	{"an older order's end, and a newer order", twice, step{Do: "deliver", What: 3}, 0, []step{{Do: "deliver", Who: 1}}},
	{"a relay, and another one", []step{{Do: "order"}}, step{Do: "relay", What: 1}, 1, []step{{Do: "relay", Who: 1, What: 1}}},
}

// TestEverywhere: before each effect of an act, one after another, its process crashes, or another one does what it does meanwhile;
// and each effect fails in each way. Without EVERYWHERE=1, which takes minutes, it is the first act alone.
func TestEverywhere(t *testing.T) {
	chosen := acts
	if os.Getenv("EVERYWHERE") == "" {
		chosen = acts[:1]
	}
	b := openBackends(t)
	for _, c := range chosen {
		t.Run(c.name, func(t *testing.T) {
			each := func(mark string, variant func(at int) []step) {
				t.Helper()
				for at, more := 1, true; more && !t.Failed(); at++ {
					story, violation := play(t, b, history{Steps: append(slices.Clone(c.before), variant(at)...)})
					if violation != "" {
						t.Errorf("\n%sviolated: %s", story, violation)
					}
					more = strings.Contains(story, mark)
				}
			}
			stopped := func(at int) step {
				s := c.act
				s.Stop = at
				return s
			}
			each("stops before", func(at int) []step { return append([]step{stopped(at)}, c.meanwhile...) })
			each("crashes, in", func(at int) []step { return []step{stopped(at), {Do: "crash", What: c.service}} })
			for _, kind := range []string{lost, unanswered, refused, broken, poor} {
				each("("+kind+": ", func(at int) []step {
					s := c.act
					s.Fault, s.At = kind, at
					return []step{s}
				})
			}
		})
	}
}
