package systemtest

import (
	"net/http"
	"testing"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
)

// Processes is a system in which every service is a process of its own.
type Processes struct {
	*System
	Services []*Process
}

// StartProcesses starts one from the folder that Build returned.
func StartProcesses(t testing.TB, programs string, newBus func(testing.TB) *Bus, settings config.Values) *Processes {
	t.Helper()
	front := NewFront()
	s := &Processes{System: NewSystem(t, NewBackends(t, newBus, front.URL), front.URL)}
	s.CreateDatabases(t)
	proxies := map[string]http.Handler{}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	for _, def := range functions.Services() {
		p := NewProcess(t, programs, def.Name, s.Settings(def.Name).With(settings))
		s.Services = append(s.Services, p)
		proxies[def.Name] = Proxy(p.URL, transport)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	front.Serve(t, Routes(t, func(service string, _ function.Endpoint) http.Handler { return proxies[service] }))
	s.AwaitServices(t)
	return s
}

// AwaitServices waits until every service is ready.
func (s *Processes) AwaitServices(t testing.TB) {
	t.Helper()
	for _, p := range s.Services {
		if err := p.Ready(t.Context(), s.Timeout); err != nil {
			t.Fatal(err)
		}
	}
}
