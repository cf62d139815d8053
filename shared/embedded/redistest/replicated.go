package redistest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/gittix/ticketing/shared/embedded/program"
)

// Replicated are redis-servers that take over from each other.
type Replicated struct {
	URL   string // for go-redis: its form for a Cluster or for Sentinels
	t     testing.TB
	nodes []*node
}

type node struct {
	address string
	client  *redis.Client
	process *program.Process
}

// timeout bounds what the servers agree upon.
const timeout = 30 * time.Second

// Cluster starts a Redis Cluster for this test alone: three masters, and a replica of each. URL names one that does not hold
// the keys of slot. It needs redis-server: miniredis is no cluster.
func Cluster(t testing.TB, key string) *Replicated {
	t.Helper()
	r := &Replicated{t: t}
	for range 6 {
		r.start("cluster-enabled yes", "cluster-node-timeout 1000", "cluster-replica-validity-factor 0")
	}
	first := r.nodes[0].client
	const slots = 16384
	own := first.ClusterKeySlot(t.Context(), key).Val()
	for i, n := range r.nodes {
		host, port, _ := strings.Cut(n.address, ":")
		r.must(first.ClusterMeet(t.Context(), host, port).Err())
		if i < 3 {
			from, to := i*slots/3, (i+1)*slots/3-1
			r.must(n.client.ClusterAddSlotsRange(t.Context(), from, to).Err())
			if own < int64(from) || own > int64(to) {
				r.URL = "redis://" + n.address + "?cluster=true"
			}
		}
	}
	for i, n := range r.nodes {
		if i >= 3 {
			master := r.nodes[i-3].client.ClusterMyID(t.Context()).Val()
			r.until("a replica", func() bool { return n.client.ClusterReplicate(t.Context(), master).Err() == nil })
		}
	}
	r.until("a cluster", func() bool {
		return !slices.ContainsFunc(r.nodes, func(n *node) bool {
			info := n.client.ClusterInfo(t.Context()).Val()
			return !strings.Contains(info, "cluster_state:ok") || !strings.Contains(info, "cluster_known_nodes:6")
		})
	})
	r.replicating(3)
	return r
}

// Sentinel starts a master, a replica and a Sentinel for this test alone. It needs redis-server.
func Sentinel(t testing.TB) *Replicated {
	t.Helper()
	r := &Replicated{t: t}
	master, replica := r.start(), r.start()
	host, port, _ := strings.Cut(master.address, ":")
	r.must(replica.client.ReplicaOf(t.Context(), host, port).Err())
	r.replicating(1)
	sentinel := r.launch("+monitor master tickets", "sentinel monitor tickets "+host+" "+port+" 1",
		"sentinel down-after-milliseconds tickets 1000", "sentinel failover-timeout tickets 5000")
	watcher := redis.NewSentinelClient(&redis.Options{Addr: sentinel.address})
	defer watcher.Close()
	r.until("a replica that the Sentinel knows", func() bool {
		return len(watcher.Replicas(t.Context(), "tickets").Val()) == 1
	})
	r.URL = "redis://" + sentinel.address + "?master_name=tickets"
	return r
}

// KillMaster ends, as a crash does, the master that holds a key, once a replica has it.
func (r *Replicated) KillMaster(key string) {
	r.t.Helper()
	for _, n := range r.nodes {
		if role, err := n.client.Do(r.t.Context(), "ROLE").Slice(); err != nil || role[0] != "master" || n.client.Exists(r.t.Context(), key).Val() == 0 {
			continue
		}
		r.until("a replica that has it", func() bool { return n.client.Wait(r.t.Context(), 1, time.Second).Val() == 1 })
		r.must(syscall.Kill(n.process.Pid(), syscall.SIGKILL))
		<-n.process.Ended()
		return
	}
	r.t.Fatal("redistest: no master holds ", key)
}

func (r *Replicated) start(lines ...string) *node {
	r.t.Helper()
	n := r.launch("Ready to accept connections", append(lines, "appendonly no", `save ""`)...)
	r.nodes = append(r.nodes, n)
	return n
}

// launch starts a server. Its port, or that of a Cluster 10000 above it, may be taken meanwhile: then it tries another.
func (r *Replicated) launch(ready string, lines ...string) *node {
	r.t.Helper()
	for try := 1; ; try++ {
		n, err := r.try(ready, lines)
		if err == nil {
			return n
		}
		if try == 5 {
			r.t.Fatal("redistest: ", err)
		}
	}
}

func (r *Replicated) try(ready string, lines []string) (*node, error) {
	found := program.Search{Name: "redis-server", Env: "REDIS_SERVER", Also: []string{"/opt/homebrew/opt/redis/bin", "/usr/local/opt/redis/bin"}}.All()
	if len(found) == 0 {
		return nil, errors.New("redis-server is not installed: run .ci/install redis")
	}
	port, err := program.FreePort(r.t.Context())
	if err != nil {
		return nil, err
	}
	dir := r.t.TempDir()
	args := []string{"-"}
	if strings.HasPrefix(ready, "+") { // a Sentinel keeps what it knows in its file
		args = []string{filepath.Join(dir, "sentinel.conf"), "--sentinel"}
		if err := os.WriteFile(args[0], []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(found[0], append(args, "--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--dir", dir)...) //nolint:gosec,noctx // an installed program, which the cleanup ends
	cmd.Stdin, cmd.Env = strings.NewReader(strings.Join(lines, "\n")+"\n"), program.Environment()
	process, err := program.Start(cmd, syscall.SIGTERM, ready, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	r.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
		defer cancel()
		if err := process.Stop(ctx, syscall.SIGTERM, syscall.SIGKILL); err != nil {
			r.t.Error("redistest: ", err)
		}
	})
	address := fmt.Sprint("127.0.0.1:", port)
	client := redis.NewClient(&redis.Options{Addr: address})
	r.t.Cleanup(func() { _ = client.Close() }) // its server may be gone
	return &node{address, client, process}, process.Ready(r.t.Context())
}

// replicating waits until so many masters have a replica that is up to date.
func (r *Replicated) replicating(masters int) {
	r.t.Helper()
	r.until("replicas", func() bool {
		n := 0
		for _, node := range r.nodes {
			if strings.Contains(node.client.Info(r.t.Context(), "replication").Val(), "state=online") {
				n++
			}
		}
		return n == masters
	})
}

func (r *Replicated) until(what string, so func() bool) {
	r.t.Helper()
	for end := time.Now().Add(timeout); !so(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatal("redistest: not in time: ", what)
		}
	}
}

func (r *Replicated) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal("redistest: ", err)
	}
}
