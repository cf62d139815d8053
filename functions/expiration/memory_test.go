package expiration

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/redisserver"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// realRedis starts a redis-server: what runs without one knows no limit of memory.
func realRedis(t *testing.T) (*redisserver.Server, agenda) {
	t.Helper()
	server := redistest.Server(t)
	if !server.Real() {
		t.Fatal("redis-server is not installed: run .ci/install redis")
	}
	return server, agenda{client: connect(t, server.URL())}
}

func (a agenda) configure(t *testing.T, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if err := a.client.ConfigSet(t.Context(), pairs[i], pairs[i+1]).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func (a agenda) limit(t *testing.T, bytes int64) {
	t.Helper()
	a.configure(t, "maxmemory", strconv.FormatInt(bytes, 10))
}

// A Redis that would evict the agenda is refused, at the start and later, by a line that says what to do. One user may be forbidden CONFIG.
func TestEvictingRedis(t *testing.T) {
	t.Parallel()
	server, a := realRedis(t)
	if err := a.client.Do(t.Context(), "ACL", "SETUSER", "managed", "on", ">s3cret", "~*", "&*", "+@all", "-config").Err(); err != nil {
		t.Fatal(err)
	}
	_, address, _ := strings.Cut(server.URL(), "@")
	for _, url := range []string{server.URL(), "redis://managed:s3cret@" + address} {
		s, err := New(config.Values{"REDIS_URL": url})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			limit, policy string
			refused       bool
		}{
			{"100mb", "noeviction", false}, {"0", "allkeys-lru", false}, {"100mb", "allkeys-lru", true}, {"100mb", "allkeys-random", true},
			{"100mb", "volatile-lru", false}, // of the agenda nothing has a time to live: see TestFullRedis
		} {
			a.configure(t, "maxmemory", c.limit, "maxmemory-policy", c.policy)
			for _, err := range []error{s.Start(t.Context()), s.Ready(t.Context())} {
				said := err != nil && strings.Contains(err.Error(), "REDIS_URL") && strings.Contains(err.Error(), "noeviction") &&
					strings.Contains(err.Error(), c.policy) && !strings.Contains(err.Error(), "\n")
				if said != c.refused || err != nil && !c.refused {
					t.Errorf("maxmemory %s, %s: %v", c.limit, c.policy, err)
				}
			}
		}
		s.Stop()
	}
}

// A Redis whose memory is full refuses for now: nothing is lost, orders that end make room, and what was refused is taken then.
func TestFullRedis(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"noeviction", "volatile-lru"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			server, a := realRedis(t)
			s, err := New(config.Values{"REDIS_URL": server.URL()})
			if err != nil {
				t.Fatal(err)
			}
			run := functiontest.Start(t, s)
			used, err := memoryOf(t.Context(), a.client)
			if err != nil {
				t.Fatal(err)
			}
			due := time.Now().Add(-time.Second)
			a.configure(t, "maxmemory-policy", policy)
			limit := int64(used.used) + 1536<<10
			a.limit(t, limit)
			open := func(id int32) error {
				return run.Deliver("schedule-expiration", functiontest.Event(t, event.OrderCreated, orderOf(id, event.OrderIsCreated, due)))
			}
			taken := int32(0)
			for err = nil; err == nil; {
				if err = open(taken + 1); err == nil {
					taken++
				}
			}
			if !apierror.From(err).Temporary() {
				t.Errorf("a full Redis: %v", err)
			}
			a.limit(t, int64(used.used)) // there may have been room for the smallest
			if err := s.Ready(t.Context()); err == nil || !apierror.From(err).Temporary() {
				t.Errorf("ready with a full Redis: %v", err)
			}
			a.limit(t, limit)
			if got := len(contents(t, a)); got != int(taken) {
				t.Errorf("it has %d of %d deadlines", got, taken)
			}
			if got, ok := run.Metric("ticketing_redis_memory_bytes service=expiration"); !ok || got < used.used {
				t.Errorf("it uses %v bytes", got)
			}
			for id := range taken - taken/4 { // these were cancelled by the sweep of orders, say
				functiontest.Deliver(t, run, "schedule-expiration", event.OrderUpdated, orderOf(id+1, event.OrderIsCancelled, due))
			}
			if err := errors.Join(open(taken+1), s.Ready(t.Context())); err != nil {
				t.Errorf("with room again: %v", err)
			}
			if got, want := len(contents(t, a)), int(taken/4+1); got != want {
				t.Errorf("it has %d deadlines, want %d", got, want)
			}
		})
	}
}

// A Redis that cannot save to its disk takes no writes: for now.
func TestRedisThatCannotSave(t *testing.T) {
	t.Parallel()
	_, a := realRedis(t)
	folder, err := a.client.ConfigGet(t.Context(), "dir").Result()
	if err != nil {
		t.Fatal(err)
	}
	blocked := filepath.Join(folder["dir"], "dump.rdb")
	if err := os.MkdirAll(filepath.Join(blocked, "full"), 0o700); err != nil { // a file cannot take its place
		t.Fatal(err)
	}
	a.configure(t, "stop-writes-on-bgsave-error", "yes", "save", "3600 1")
	save := func(want string) {
		t.Helper()
		if err := a.client.BgSave(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(soon); ; <-time.After(5 * time.Millisecond) {
			if info := a.client.Info(t.Context(), "persistence").Val(); strings.Contains(info, "rdb_bgsave_in_progress:0") && strings.Contains(info, want) {
				return
			}
			if time.Now().After(end) {
				t.Fatal("never: ", want)
			}
		}
	}
	save("rdb_last_bgsave_status:err")
	for what, err := range map[string]error{
		"ready": ready(a.client)(t.Context()), "schedule": a.scheduleExpiration(t.Context(), []event.Order{orderOf(1, event.OrderIsCreated, noon)}),
	} {
		if err == nil || !strings.Contains(err.Error(), "MISCONF") || !apierror.From(err).Temporary() {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := os.RemoveAll(blocked); err != nil {
		t.Fatal(err)
	}
	save("rdb_last_bgsave_status:ok")
	follow(t, a, 1, noon)
}
