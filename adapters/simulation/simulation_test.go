package simulation

import (
	"cmp"
	"flag"
	"math/rand/v2"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

func TestMain(m *testing.M) {
	http.DefaultTransport = toStripe{} // of the gateway; nothing here has another network
	pgtest.Main(m)
}

// What happens, the likely ones several times.
var kinds = []string{"order", "order", "pay", "pay", "pay", "cancel", "extend", "give back", "relay", "relay", "deliver", "deliver", "deliver", "flow", "flow",
	"tick", "tick", "webhook", "authenticate", "resume", "resume", "crash", "pass", "reprice", "offer", "withdraw", "forget",
	"refund", "dispute", "decide", "sign out", "steal"}

// effects are those of a task: to pay, the longest, takes some thirty.
var effects = []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30}

var steps = rapid.Custom(func(r *rapid.T) step {
	s := step{
		Do:  rapid.SampledFrom(kinds).Draw(r, "do"),
		Who: rapid.IntRange(0, 13).Draw(r, "who"), What: rapid.IntRange(0, 11).Draw(r, "what"),
	}
	if rapid.IntRange(0, 2).Draw(r, "stops") == 2 {
		s.Stop = rapid.SampledFrom(effects).Draw(r, "stop")
	}
	if rapid.IntRange(0, 3).Draw(r, "fails") == 3 {
		s.Fault = rapid.SampledFrom([]string{lost, unanswered, unanswered, refused, broken, poor}).Draw(r, "fault")
		s.At = rapid.SampledFrom(effects).Draw(r, "at")
	}
	return s
})

var histories = rapid.Custom(func(r *rapid.T) history {
	return history{
		Clocks: rapid.SliceOfN(rapid.IntRange(-30, 30), 0, 9).Draw(r, "clocks"),
		Steps:  rapid.SliceOfN(steps, 30, 50).Draw(r, "steps"),
	}
})

// TestHistories plays as many histories as there is time for: SIMULATE, by default 5 s. They are those of SEED, of SEED + 1, and so on;
// without SEED they are others each time. One that violates something is shortened until it cannot be any more.
func TestHistories(t *testing.T) {
	limit, err := time.ParseDuration(cmp.Or(os.Getenv("SIMULATE"), "5s"))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := strconv.ParseUint(cmp.Or(os.Getenv("SEED"), strconv.FormatUint(rand.Uint64N(1e9)+1, 10)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	b, began, played := openBackends(t), time.Now(), 0
	set(t, "rapid.checks", "10")
	var bad *history
	for ; time.Since(began) < limit && bad == nil; seed++ {
		set(t, "rapid.seed", strconv.FormatUint(seed, 10))
		rapid.Check(t, func(r *rapid.T) {
			h := histories.Draw(r, "history")
			if bad != nil {
				return
			}
			played++
			if _, violation := play(t, b, h); violation != "" {
				t.Logf("SEED=%d", seed)
				bad = &h
			}
		})
	}
	t.Logf("%d histories up to SEED=%d, %.0f a minute", played, seed-1, float64(played)/time.Since(began).Minutes())
	if bad != nil {
		short := *bad
		if !testing.Short() {
			short = shorten(short, func(h history) bool {
				_, violation := play(t, b, h)
				return violation != ""
			})
		}
		story, violation := play(t, b, short)
		t.Fatalf("\n%sviolated: %s\n\nto keep it in TestStories:\n%s", story, violation, short)
	}
}

func set(t *testing.T, name, value string) {
	t.Helper()
	if err := flag.Set(name, value); err != nil {
		t.Fatal(err)
	}
}

// A history is the same each time, or a seed would be worth nothing.
func TestSameHistoryTwice(t *testing.T) {
	b := openBackends(t)
	for seed := range 3 {
		h := histories.Example(seed)
		first, _ := play(t, b, h)
		if second, _ := play(t, b, h); first != second {
			t.Errorf("once\n%s\nand then\n%s", first, second)
		}
	}
}
