package stress

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/overload"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
)

// BenchmarkOverload asks the tickets service, a process with the memory limit of a pod, for the longest lists: as much as it can
// serve, then on 4 HTTP/2 connections of 250 streams each, then as much as it can serve again. It reports what was served and refused, how
// long /health took meanwhile, and the most memory that was resident.
func BenchmarkOverload(b *testing.B) {
	backends := systemtest.NewBackends(b, systemtest.JetStream, "http://localhost")
	backends.CreateDatabases(b)
	p := systemtest.NewProcess(b, systemtest.Build(b), "tickets", backends.Settings("tickets").With(config.Values{"GOMEMLIMIT": "85MiB"}))
	if err := p.Start(); err != nil {
		b.Fatal(err)
	}
	if err := p.Ready(b.Context(), time.Minute); err != nil {
		b.Fatal(err)
	}
	_, err := backends.Database("tickets").Exec(b.Context(), `INSERT INTO tickets (title, price, user_id)
		SELECT 'Concert number ' || n || ' in the great hall of the city, row ' || n % 40, 4250, 1 FROM generate_series(1, 1000) AS n`)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		load := func(phase string, connections, streams int) {
			began := time.Now()
			served, refused, failed := flood(b.Context(), p.URL, connections, streams, 5*time.Second)
			seconds := time.Since(began).Seconds()
			b.ReportMetric(float64(served)/seconds, phase+"-served/s")
			b.ReportMetric(float64(refused)/seconds, phase+"-refused/s")
			b.ReportMetric(float64(failed), phase+"-failed")
		}
		w := overload.Begin(b.Context(), p)
		load("before", 1, 8)
		load("over", 4, 250)
		load("after", 1, 8)
		w.End()
		if len(w.Unwell) > 0 {
			b.Errorf("/health: %d failed, such as %s", len(w.Unwell), w.Unwell[0])
		}
		b.ReportMetric(float64(w.Health.P99.Milliseconds()), "health-p99-ms")
		b.ReportMetric(float64(w.Health.Max.Milliseconds()), "health-max-ms")
		b.ReportMetric(w.Highest("process_resident_memory_bytes")/(1<<20), "resident-MiB")
	}
}

// h2c returns a client of one HTTP/2 connection without TLS.
func h2c() *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Client{Transport: &http.Transport{Protocols: protocols, MaxConnsPerHost: 1}}
}

// flood asks for lists, as many at once as there are streams, until the time is over.
func flood(ctx context.Context, url string, connections, streams int, within time.Duration) (served, refused, failed int64) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	var counts [3]atomic.Int64
	var all sync.WaitGroup
	for range connections {
		client := h2c()
		for range streams {
			all.Go(func() {
				for ctx.Err() == nil {
					status := get(ctx, client, url+"/api/tickets?limit=1000")
					switch {
					case ctx.Err() != nil:
					case status == http.StatusOK:
						counts[0].Add(1)
					case status == http.StatusServiceUnavailable:
						counts[1].Add(1)
						select { // as a client does that is told to come again later, only sooner
						case <-ctx.Done():
						case <-time.After(100 * time.Millisecond):
						}
					default:
						counts[2].Add(1)
					}
				}
			})
		}
		defer client.CloseIdleConnections()
	}
	all.Wait()
	return counts[0].Load(), counts[1].Load(), counts[2].Load()
}

// get returns the status, or 0.
func get(ctx context.Context, client *http.Client, url string) int {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0
	}
	answer, err := client.Do(r)
	if err != nil {
		return 0
	}
	defer answer.Body.Close() //nolint:errcheck // it has been read
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0
	}
	return answer.StatusCode
}
