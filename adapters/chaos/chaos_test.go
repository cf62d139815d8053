package chaos

import (
	"context"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/embedded/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// figures are how much is done to a system.
type figures struct {
	people int
	kills  int           // of each service
	outage time.Duration // of the bus
}

// asked returns the figures of the promises with CHAOS=full, else small ones.
func asked() figures {
	if full() {
		return figures{people: 12, kills: 10, outage: time.Minute}
	}
	return figures{people: 6, kills: 1, outage: 3 * time.Second}
}

func full() bool { return os.Getenv("CHAOS") == "full" }

func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes most of a minute")
	}
	t.Parallel()
	programs, f := build(t), asked()
	for name, open := range brokers {
		t.Run("on "+name, func(t *testing.T) {
			t.Parallel()
			w := newTown(t, programs, open(t))
			c := enter(t, w, f.people)
			killEverybody(t, w, f.kills)
			takeEverythingAway(t, w, c, f.outage)
			c.goHome()
			w.comesToRest(t)
			c.checkPromises(t)
		})
	}
}

// killEverybody: whichever process dies at whatever moment, another in its place goes on.
func killEverybody(t *testing.T, w *town, kills int) {
	t.Helper()
	for range kills {
		for _, i := range rand.Perm(len(w.services)) {
			s := w.services[i]
			pause(t, 200*time.Millisecond+rand.N(500*time.Millisecond)) // for some load, and a random moment of it
			if err := s.kill(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.start(); err != nil {
				t.Fatal(err)
			}
			if err := s.ready(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// takeEverythingAway: while the bus is away every request succeeds; when PostgreSQL or Redis fails the
// services get over it by themselves. The orders whose deadlines Redis has forgotten expire all the same.
func takeEverythingAway(t *testing.T, w *town, c *crowd, outage time.Duration) {
	t.Helper()
	pause(t, time.Second)
	before := c.failures.Load()
	w.bus.stop()
	pause(t, outage)
	if failed := c.failures.Load() - before; failed > 0 {
		t.Errorf("without the bus %d requests failed", failed)
	}
	if err := w.bus.start(); err != nil {
		t.Fatal(err)
	}
	w.ready(t)
	pause(t, time.Second)
	if err := w.database.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.ready(t)
	pause(t, time.Second)
	forgetEverything(t, w)
	pause(t, time.Second)
	for _, s := range w.services {
		if err := s.lives(); err != nil {
			t.Error(err)
		}
	}
}

func forgetEverything(t *testing.T, w *town) {
	t.Helper()
	options, err := redis.ParseURL(w.redis.URL())
	if err != nil {
		t.Fatal("not a URL")
	}
	client := redis.NewClient(options)
	if err := client.FlushAll(t.Context()).Err(); err != nil {
		t.Error(err)
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
}

// pause lets the crowd work for a while.
func pause(t *testing.T, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	<-ctx.Done()
}
