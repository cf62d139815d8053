package expiration

import (
	"slices"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/embedded/redistest"
)

// How late are 200 orders whose time is up within one second?
func BenchmarkLateness(b *testing.B) {
	const orders = 200
	r := startRelay(b, redistest.Server(b).URL())
	var late []time.Duration
	for b.Loop() {
		start := time.Now().Add(200 * time.Millisecond)
		for id := range int32(orders) {
			follow(b, r.agenda, id+1, start.Add(time.Duration(id)*time.Second/orders))
		}
		for range orders {
			late = append(late, (<-r.arrivals).late)
		}
	}
	slices.Sort(late)
	for name, at := range map[string]int{"p50-ms": len(late) / 2, "p99-ms": len(late) * 99 / 100, "max-ms": len(late) - 1} {
		b.ReportMetric(late[at].Seconds()*1000, name)
	}
}
