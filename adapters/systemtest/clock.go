package systemtest

import (
	"sync"
	"testing"
	"time"

	"github.com/gittix/ticketing/functions"
)

// Tick calls run for every schedule of the system when its time comes, until the test ends, as platforms do whose services sleep.
// (Theirs come once a minute at most.) An error is the platform's to forget: the next time comes.
func Tick(t testing.TB, run func(service, schedule string) error) {
	t.Helper()
	var all sync.WaitGroup
	for _, def := range functions.Services() {
		contents, err := def.Contents()
		if err != nil {
			t.Fatal(err)
		}
		contents.Stop()
		for _, s := range contents.Schedules {
			all.Go(func() {
				ticker := time.NewTicker(s.Every)
				defer ticker.Stop()
				for {
					select {
					case <-ticker.C:
						_ = run(def.Name, s.Name)
					case <-t.Context().Done():
						return
					}
				}
			})
		}
	}
	t.Cleanup(all.Wait)
}
