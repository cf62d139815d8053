package rolling

import (
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// version is the processes of one version: one of each service that it has.
type version map[string]*systemtest.Process

// balancer spreads the requests to one service over its replicas.
type balancer struct {
	mu       sync.RWMutex
	replicas []string // URLs
	proxies  map[string]http.Handler
}

func (b *balancer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.RLock()
	to := b.proxies[b.replicas[rand.N(len(b.replicas))]]
	b.mu.RUnlock()
	to.ServeHTTP(w, r)
}

// system is one on which both versions run.
type system struct {
	*systemtest.System
	balancers map[string]*balancer
	transport *http.Transport
}

func newSystem(t *testing.T, newBus func(testing.TB) *systemtest.Bus) *system {
	t.Helper()
	front := systemtest.NewFront()
	s := &system{
		System:    systemtest.NewSystem(t, systemtest.NewBackends(t, newBus, front.URL), front.URL),
		balancers: map[string]*balancer{}, transport: &http.Transport{MaxIdleConnsPerHost: 64},
	}
	t.Cleanup(s.transport.CloseIdleConnections)
	s.CreateDatabases(t)
	for _, def := range functions.Services() {
		s.balancers[def.Name] = &balancer{proxies: map[string]http.Handler{}}
	}
	front.Serve(t, systemtest.Routes(t, func(service string, _ function.Endpoint) http.Handler { return s.balancers[service] }))
	return s
}

// version prepares the processes of the programs in a folder.
func (s *system) version(t *testing.T, programs string) version {
	t.Helper()
	v := version{}
	for _, def := range functions.Services() {
		if _, err := os.Stat(filepath.Join(programs, def.Name)); err != nil {
			continue // a service that this version has not
		}
		settings := s.Settings(def.Name)
		bus, _, _ := strings.Cut(settings["BUS_URL"], "?") // what one version may not know
		p := systemtest.NewProcess(t, programs, def.Name, settings.With(config.Values{
			"BUS_URL": bus, "EXPIRATION_ORDER_MINUTES": "0.05", "EXPIRATION_PAYMENT_GRACE": "1s", "LOG_LEVEL": "ERROR+1",
		}))
		v[def.Name] = p
		s.balancers[def.Name].proxies[p.URL] = systemtest.Proxy(p.URL, s.transport)
	}
	return v
}

// start starts a version, all at once, and joins it.
func (s *system) start(t *testing.T, v version) {
	t.Helper()
	for _, p := range v {
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	s.join(t, v)
}

// join lets requests come to each service of a version when it is ready.
func (s *system) join(t *testing.T, v version) {
	t.Helper()
	for name, p := range v {
		if err := p.Ready(t.Context(), s.Timeout); err != nil {
			t.Fatal(err)
		}
		s.balancers[name].change(func(replicas []string) []string { return append(replicas, p.URL) })
	}
}

// stop takes a version away in good order, service by service.
func (s *system) stop(t *testing.T, v version) {
	t.Helper()
	for name, p := range v {
		s.balancers[name].change(func(replicas []string) []string {
			return slices.DeleteFunc(replicas, func(url string) bool { return url == p.URL })
		})
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	}
}

func (b *balancer) change(to func([]string) []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.replicas = to(b.replicas)
}
