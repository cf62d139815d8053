package chaos

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// report writes what happened, as Markdown, to the file that CHAOS_REPORT names, or else to the test's log.
func report(t *testing.T, seed uint64, matches []*match) {
	t.Helper()
	commit, err := exec.Command("git", "describe", "--always", "--dirty").Output() //nolint:noctx // the test's context has ended
	if err != nil {
		commit = []byte("unknown")
	}
	result := "none"
	if t.Failed() {
		result = "**some**, which the test's log names"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# What chaos found\n\nWritten by `make chaos`. The same faults again: `CHAOS_SEED=%d make chaos`.\n\n", seed)
	fmt.Fprintf(&b, "| | |\n|---|---|\n| violations | %s |\n| seed | %d |\n| commit | %s |\n| machine | %s, %d cores, %s |\n| at | %s |\n",
		result, seed, strings.TrimSpace(string(commit)), runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), runtime.Version(), time.Now().UTC().Format(time.RFC3339))
	for _, m := range matches {
		if m.verdict != nil {
			m.verdict.write(&b)
		} else {
			fmt.Fprintf(&b, "\n## On %s\n\nIt did not come to a verdict.\n", m)
		}
	}
	if path := os.Getenv("CHAOS_REPORT"); path != "" {
		if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
			t.Error(err)
		}
		return
	}
	t.Log(b.String())
}

func (v *verdict) write(b *strings.Builder) {
	requests, failed := int64(0), int64(0)
	for _, c := range v.clients {
		requests, failed = requests+c.Requests.Load(), failed+c.Failures.Load()
	}
	last := v.incidents[len(v.incidents)-1].recovered
	c := v.confirmed
	fmt.Fprintf(b, "\n## On %s with %s\n\n%d faults in %s, by pgbouncer: %s. %d requests, of which %d failed, all during a fault that allows it. Confirmed: %d accounts, "+
		"%d tickets, %d orders, %d cancelled, %d paid. %d answers about reservations are one possible history. Each of %d events is on the bus, and every consumer is done with it.\n\n",
		v.way, v.bus, len(v.incidents), last.Sub(v.begun).Round(time.Second), v.pooled, requests, failed, c.Accounts, c.Offered, c.Placed, c.Cancelled, c.Paid, v.answers, v.events)
	fmt.Fprintf(b, "Orders that expired while nothing was broken: %s. While Redis was away: %s. The machine let a waiting goroutine wait for %s more, at worst.\n",
		v.late, v.lateWithoutRedis, v.host.worst().Round(time.Millisecond))
	fmt.Fprintf(b, "\n| fault | times | slowest recovery | requests that failed |\n|---|---|---|---|\n")
	for _, s := range v.sums() {
		fmt.Fprintf(b, "| %s | %d | %s | %d |\n", s.name, s.times, s.slowest.Round(time.Millisecond), s.failed)
	}
	fmt.Fprintf(b, "\n<details><summary>Timeline</summary>\n\n| at | fault | for | recovered after | failed |\n|---|---|---|---|---|\n")
	for _, e := range v.incidents {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %d |\n", e.begun.Sub(v.begun).Round(time.Second), e, e.ended.Sub(e.begun).Round(time.Millisecond),
			e.recovered.Sub(e.ended).Round(time.Millisecond), e.failed)
	}
	b.WriteString("\n</details>\n")
}

// summed are all the incidents of one fault.
type summed struct {
	name          string
	times, failed int
	slowest       time.Duration
}

// sums returns them, those that took longest to recover from first.
func (v *verdict) sums() []summed {
	byName := map[string]summed{}
	for _, e := range v.incidents {
		s := byName[e.name]
		byName[e.name] = summed{e.name, s.times + 1, s.failed + e.failed, max(s.slowest, e.recovered.Sub(e.ended))}
	}
	all := make([]summed, 0, len(byName))
	for _, s := range byName {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b summed) int {
		return cmp.Or(cmp.Compare(b.slowest, a.slowest), strings.Compare(a.name, b.name))
	})
	return all
}
