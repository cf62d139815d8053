package auth

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"
)

// BenchmarkSignInDuringSignUps measures sign-ins, one after the other, while 100 clients ask for a new account ten times a second each
// (a round trip of the internet after every answer), from an address of its own for each. Client, service and PostgreSQL share the
// processors.
func BenchmarkSignInDuringSignUps(b *testing.B) {
	f := start(b, nil)
	f.passwords.argon2id = argon2.IDKey
	f.user()
	var sent, refused atomic.Int64
	var flood sync.WaitGroup
	stop := make(chan struct{})
	for i := range 100 {
		flood.Go(func() {
			pace := time.NewTicker(100 * time.Millisecond)
			defer pace.Stop()
			for n := range 256 * 256 {
				select {
				case <-stop:
					return
				case <-pace.C:
				}
				a := f.Send("POST", "/api/users/signup", credentials(fmt.Sprintf("u%d-%d@example.com", i, n), goodPassword),
					http.Header{"X-Forwarded-For": {fmt.Sprintf("198.%d.%d.%d", i, n/256, n%256)}})
				if sent.Add(1); a.Status != http.StatusCreated {
					refused.Add(1)
				}
			}
		})
	}
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		f.said(f.signIn(goodEmail, goodPassword, home), 200, welcome)
		took = append(took, time.Since(start))
	}
	seconds := b.Elapsed().Seconds()
	close(stop)
	flood.Wait()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Milliseconds()), "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Milliseconds()), "p99-ms")
	b.ReportMetric(float64(sent.Load()-refused.Load())/seconds, "sign-ups/s")
	b.ReportMetric(float64(refused.Load())/seconds, "refused/s")
}
