package systemtest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/api"
	"github.com/gittix/ticketing/shared/api/apitest"
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
	return StartProcessesOn(t, programs, NewBackends(t, newBus, front.URL), front, func(_ string, own config.Values) config.Values {
		return own.With(settings)
	})
}

// Adapt returns what a service, or the dispatcher, is started with, for the settings that it would have.
type Adapt func(service string, own config.Values) config.Values

// StartProcessesOn is StartProcesses on backends of the caller's, before which front will stand.
func StartProcessesOn(t testing.TB, programs string, backends *Backends, front *Front, adapt Adapt) *Processes {
	t.Helper()
	s := &Processes{System: NewSystem(t, backends, front.URL)}
	s.CheckAnswers(t)
	s.CreateDatabases(t)
	proxies := map[string]http.Handler{}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	for _, def := range functions.Services() {
		p := NewProcess(t, programs, def.Name, adapt(def.Name, s.Settings(def.Name)))
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

// Service returns one by its name.
func (s *Processes) Service(name string) *Process {
	return s.Services[slices.IndexFunc(s.Services, func(p *Process) bool { return p.Name == name })]
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

// CheckAnswers lets the test fail for an answer to a user that is not documented, or says that a service has failed by itself.
func (s *System) CheckAnswers(t testing.TB) {
	s.client = api.New(api.At(s.URL), api.Config{Transport: strict{t, s.transport}, Timeout: requestTimeout})
}

// strict fails the test for an answer that is not documented, or says that a service has failed by itself. One that was cut off
// is none.
type strict struct {
	t    testing.TB
	next http.RoundTripper
}

// RoundTrip sends a request and checks its answer.
func (s strict) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := s.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	err = apitest.Check(r, answer)
	if answer.StatusCode >= http.StatusInternalServerError && answer.StatusCode != http.StatusServiceUnavailable {
		err = errors.Join(err, fmt.Errorf("%s %.200s", answer.Status, body))
	}
	if err != nil {
		s.t.Errorf("wrong answer: %s %s: %v", r.Method, r.URL, err)
	}
	return answer, nil
}
