package chaos

import (
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
)

func TestMain(m *testing.M) { systemtest.Main(m) }

// figures are how much is done to a system.
type figures struct {
	long              time.Duration // that faults happen
	shortest, longest time.Duration // of one
	pairs             bool          // some happen at once
	orders            int           // of the measurement of lateness in quiet
	late              time.Duration // that 99 of 100 orders may be cancelled after their time
}

// chosen returns the promised figures with CHAOS=full, else small ones. CHAOS_TIME=30m is how long faults happen instead.
func chosen() figures {
	f := figures{long: 40 * time.Second, shortest: time.Second, longest: 2 * time.Second, orders: 20, late: 5 * time.Second}
	if os.Getenv("CHAOS") == "full" {
		f = figures{long: 20 * time.Minute, shortest: 2 * time.Second, longest: 10 * time.Second, pairs: true, orders: 200, late: 250 * time.Millisecond}
	}
	if long, err := time.ParseDuration(os.Getenv("CHAOS_TIME")); err == nil {
		f.long = long
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

// TestChaos: on either bus, one fault after the other happens while clients trade. Only during those that may be noticed do
// requests fail, and as they may; nothing that was confirmed is lost; and in the end every invariant holds.
func TestChaos(t *testing.T) {
	t.Parallel()
	seed, f := seed(t), chosen()
	t.Logf("CHAOS_SEED=%d", seed)
	programs := systemtest.Build(t, append(clocks(t), "-ldflags=-s -w")...)
	buses := slices.Sorted(maps.Keys(systemtest.Brokers))
	verdicts := make([]*verdict, len(buses))
	t.Cleanup(func() { report(t, seed, verdicts) })
	for i, bus := range buses {
		t.Run("on "+bus, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			system := newField(t, programs, systemtest.Brokers[bus], r)
			clients := []*systemtest.Clients{system.StartClients(t, 3, systemtest.Trade), system.StartClients(t, 3, systemtest.Contend)}
			begun := time.Now()
			incidents := system.suffer(begun.Add(f.long), deal(seed, i, len(buses)), f.shortest, f.longest, f.pairs)
			for _, c := range clients {
				c.Stop()
			}
			system.AwaitRest(t)
			v := &verdict{field: system, bus: bus, begun: begun, incidents: incidents, clients: clients}
			v.check(t)
			verdicts[i] = v
		})
	}
}

// deal returns a deck of faults for one of several players, who at first have different ones: all are seen, then, before any is
// seen again. CHAOS_FAULTS=… leaves those whose name contains it.
func deal(seed uint64, player, players int) func() fault {
	r := rand.New(rand.NewPCG(seed, 0))
	all := slices.DeleteFunc(slices.Clone(faults), func(f fault) bool { return !strings.Contains(f.name, os.Getenv("CHAOS_FAULTS")) })
	next, order := player*len(all)/players, r.Perm(len(all))
	return func() fault {
		if next++; next%len(all) == player*len(all)/players {
			order = r.Perm(len(all))
		}
		return all[order[next%len(all)]]
	}
}
