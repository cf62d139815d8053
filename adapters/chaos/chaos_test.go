package chaos

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
)

func TestMain(m *testing.M) { systemtest.Main(m) }

// figures are how much is done to a system.
type figures struct {
	full              bool
	long              time.Duration // that faults happen to one system
	shortest, longest time.Duration // of one
	pairs             bool          // some happen at once
	orders            int           // of the measurement of lateness in quiet
	clients           int           // of each kind
}

// chosen returns the promised figures with CHAOS=full, else small ones. CHAOS_TIME=30m is how long faults happen instead.
func chosen() figures {
	f := figures{long: 30 * time.Second, shortest: time.Second, longest: 2 * time.Second, orders: 20, clients: 2}
	if os.Getenv("CHAOS") == "full" {
		f = figures{full: true, long: 30 * time.Minute, shortest: 2 * time.Second, longest: 10 * time.Second, pairs: true, orders: 200, clients: 3}
	}
	if long, err := time.ParseDuration(os.Getenv("CHAOS_TIME")); err == nil {
		f.long = long
	}
	if f.full { // one way after the other
		f.long /= time.Duration(len(allWays))
	}
	return f
}

// seed is CHAOS_SEED, or a new one.
func seed(t *testing.T) uint64 {
	t.Helper()
	given := os.Getenv("CHAOS_SEED")
	if given == "" {
		return rand.Uint64()
	}
	n, err := strconv.ParseUint(given, 10, 64)
	if err != nil {
		t.Fatal("CHAOS_SEED: ", err)
	}
	return n
}

// TestChaos: in every way of running, one fault after the other happens while clients trade. Only during those that may be noticed do
// requests fail, and as they may; nothing that was confirmed is lost; and in the end every invariant holds. In full, each way runs on
// either bus; else Kubernetes does, and the others on one each.
func TestChaos(t *testing.T) {
	t.Parallel()
	seed, f := seed(t), chosen()
	t.Logf("CHAOS_SEED=%d", seed)
	buses := slices.Sorted(maps.Keys(systemtest.Brokers))
	var all []*match
	for i, w := range allWays {
		for j, bus := range buses {
			if i == 0 || f.full || uint64(i+j)%2 == seed%2 {
				all = append(all, &match{way: w, bus: bus})
			}
		}
	}
	all = slices.DeleteFunc(all, func(m *match) bool { return !m.applies() })
	for i, m := range all {
		m.deck, m.random = deal(seed, i, len(all), m.way.name), rand.New(rand.NewPCG(seed, uint64(i)))
	}
	programs := map[string]func() string{}
	for _, w := range allWays {
		programs[w.name] = sync.OnceValue(func() string { return w.build(t) })
	}
	t.Cleanup(func() { report(t, seed, all) })
	play := func(t *testing.T, of func(*match) bool) {
		for _, m := range all {
			if of(m) {
				folder := programs[m.way.name]()
				t.Run("on "+m.String(), func(t *testing.T) { t.Parallel(); m.play(t, folder, f) })
			}
		}
	}
	if !f.full {
		play(t, func(*match) bool { return true })
		return
	}
	for _, w := range allWays {
		t.Run(w.name, func(t *testing.T) { play(t, func(m *match) bool { return m.way.name == w.name }) })
		report(t, seed, all) // should what follows end the program
	}
}

// match is one system against the nemesis.
type match struct {
	way     way
	bus     string
	deck    func() fault
	random  *rand.Rand
	verdict *verdict // nil if it did not come so far
}

func (m *match) String() string { return m.way.name + " with " + m.bus }

func (m *match) play(t *testing.T, programs string, f figures) {
	system := newField(t, m.way, programs, m.bus, m.random)
	host := watchHost(t)
	clients := []*systemtest.Clients{system.StartClients(t, f.clients, systemtest.Trade), system.StartClients(t, f.clients, systemtest.Contend)}
	v := &verdict{field: system, begun: time.Now(), host: host, clients: clients}
	v.incidents = system.suffer(m.deck, f)
	for _, c := range clients {
		c.Stop()
	}
	system.AwaitRest(t)
	v.check(t)
	m.verdict = v
}

// wanted are the faults of CHAOS_FAULTS=…: those whose name contains it.
func wanted(f fault) bool { return strings.Contains(f.name, os.Getenv("CHAOS_FAULTS")) }

func (m *match) applies() bool {
	return slices.ContainsFunc(faults, func(f fault) bool { return wanted(f) && f.where.include(m.way.name) })
}

// deal returns a deck of faults for one of several players, who at first have different ones: all are seen, then, before any is
// seen again.
func deal(seed uint64, player, players int, way string) func() fault {
	r := rand.New(rand.NewPCG(seed, 0))
	next, order := player*len(faults)/players, r.Perm(len(faults))
	return func() fault {
		for {
			if next++; next%len(faults) == player*len(faults)/players {
				order = r.Perm(len(faults))
			}
			if f := faults[order[next%len(faults)]]; wanted(f) && f.where.include(way) {
				return f
			}
		}
	}
}
