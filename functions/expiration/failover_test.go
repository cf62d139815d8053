package expiration

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gittix/ticketing/shared/apierror"
	"github.com/gittix/ticketing/shared/embedded/redistest"
	"github.com/gittix/ticketing/shared/event"
)

// A Redis Cluster, and a master that Sentinels watch, crash and take over: what was scheduled is announced, errors say that
// Redis is unavailable, and it is ready again.
func TestFailover(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func() *redistest.Replicated{
		"cluster":  func() *redistest.Replicated { return redistest.Cluster(t, wakeKey) },
		"sentinel": func() *redistest.Replicated { return redistest.Sentinel(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			servers := start()
			r := startRelay(t, servers.URL)
			usable := ready(r.agenda.client)
			if err := usable(t.Context()); err != nil {
				t.Fatal(err)
			}
			for id := range int32(3) { // by a message
				follow(t, r.agenda, id+1, time.Now())
				r.await(t, id+1)
			}
			due := time.Now().Add(2 * time.Second)
			follow(t, r.agenda, 4, due)
			servers.KillMaster(wakeKey)
			scheduled := func() error {
				return r.agenda.scheduleExpiration(t.Context(), []event.Order{orderOf(5, event.OrderIsCreated, due)})
			}
			if err := scheduled(); err == nil || !apierror.From(err).Temporary() {
				t.Errorf("without a master: %v", err)
			}
			for end := time.Now().Add(2 * soon); ; {
				err := errors.Join(scheduled(), usable(t.Context()))
				if err == nil {
					break
				}
				if !apierror.From(err).Temporary() || time.Now().After(end) {
					t.Fatal(err)
				}
			}
			got := map[int32]bool{}
			for !got[4] || !got[5] {
				select {
				case a := <-r.arrivals:
					got[a.ID] = true
				case <-time.After(2 * soon):
					t.Fatalf("announced %v, want 4 and 5", got)
				}
			}
		})
	}
}

// One node of a cluster is not a Redis of its own: what it says names the remedy.
func TestNodeOfACluster(t *testing.T) {
	t.Parallel()
	url, _, _ := strings.Cut(redistest.Cluster(t, wakeKey).URL, "?")
	if err := ready(connect(t, url))(t.Context()); err == nil || !strings.Contains(err.Error(), "?cluster=true") {
		t.Errorf("%v", err)
	}
}

// reply is what Redis answers.
type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

func TestReplies(t *testing.T) {
	t.Parallel()
	const script = "ERR Error running script (call to f_1): @user_script:7: @user_script: 7: "
	for text, temporary := range map[string]bool{
		"READONLY You can't write against a read only replica.": true, "OOM command not allowed": true, "LOADING Redis is loading": true, "MISCONF Errors writing to the AOF file: No space left on device": true,
		"MASTERDOWN Link with MASTER is down": true, "CLUSTERDOWN Hash slot not served": true, "TRYAGAIN Multiple keys": true, "MOVED 1 :1": true,
		script + "-READONLY You can't write against a read only replica.": true, script + "-OOM command not allowed": true, // Redis 6
		script + "-WRONGTYPE Operation against a key": false, script + "attempt to index a nil value": false, "ERR syntax error": false, "WRONGTYPE x": false,
	} {
		if err := classify(reply(text)); apierror.From(err).Temporary() != temporary {
			t.Errorf("%s: temporary is not %v", text, temporary)
		}
	}
}

// A Redis that answers and takes no writes is not ready.
func TestRedisOutOfMemory(t *testing.T) {
	t.Parallel()
	server := redistest.Server(t)
	a := agenda{client: connect(t, server.URL())}
	if !server.Real() {
		t.Fatal("redis-server is not installed: run .ci/install redis")
	}
	for _, c := range []struct{ key, bad, good string }{{"maxmemory", "1", "0"}, {"min-replicas-to-write", "1", "0"}} {
		if err := a.client.ConfigSet(t.Context(), c.key, c.bad).Err(); err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"ready": ready(a.client)(t.Context()), "schedule": a.scheduleExpiration(t.Context(), []event.Order{orderOf(1, event.OrderIsCreated, noon)}),
		} {
			if err == nil || !apierror.From(err).Temporary() {
				t.Errorf("%s: %s: %v", c.key, what, err)
			}
		}
		if err := a.client.ConfigSet(t.Context(), c.key, c.good).Err(); err != nil {
			t.Fatal(err)
		}
		if err := ready(a.client)(t.Context()); err != nil {
			t.Errorf("%s: %v", c.key, err)
		}
	}
}
