package chaos

import (
	"slices"
	"testing"
	"time"

	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/shared/config"
)

// TestProcessesRefuseEndedSessions: a session that was signed out is refused by every endpoint that needs one and by every page,
// soon in quiet times (2 seconds are promised), and for good: by services that were down then, by those that start again, and
// when the bus was away.
func TestProcessesRefuseEndedSessions(t *testing.T) {
	t.Parallel()
	programs := systemtest.Build(t)
	for name, newBus := range systemtest.Buses {
		t.Run("on "+name, func(t *testing.T) {
			t.Parallel()
			s := sessions{systemtest.StartProcesses(t, programs, newBus, config.Values{"LOG_LEVEL": "ERROR+1"}), systemtest.Doors(t)}
			for range 3 {
				s.signedOut(t, func(signOut func()) { signOut() })
			}
			copied := s.signedOut(t, func(signOut func()) { s.restart(t, s.services("auth", "client"), signOut) })
			s.restart(t, s.services(), func() {})
			s.refuse(t, copied) // the first that a new process is asked
			s.signedOut(t, func(signOut func()) {
				s.Bus.Stop()
				signOut()
				if err := s.Bus.Start(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// sessions is a system, and what needs a session there.
type sessions struct {
	*systemtest.Processes
	doors []systemtest.Door
}

// services are those that have doors, but for some.
func (s sessions) services(but ...string) (names []string) {
	for _, d := range s.doors {
		if !slices.Contains(but, d.Service) {
			names = append(names, d.Service)
		}
	}
	return names
}

// signedOut signs a user out while something happens, waits until the session is refused everywhere, and returns who has copied its cookie.
func (s sessions) signedOut(t *testing.T, while func(signOut func())) *systemtest.User {
	t.Helper()
	user := s.Visitor()
	if err := user.SignUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	copied := user.At(s.System)
	for _, d := range s.doors {
		if d.Refuses(t.Context(), copied) == nil {
			t.Errorf("%s refuses a session that has not ended", d.Name)
		}
	}
	while(func() {
		if err := user.SignOut(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	begun := time.Now()
	for _, d := range s.doors {
		s.EventuallyRefuses(t, d, copied)
	}
	t.Logf("%d endpoints and pages refuse it after %v", len(s.doors), time.Since(begun).Round(time.Millisecond))
	s.refuse(t, copied)
	return copied
}

// refuse checks that every door refuses a session, at the first try.
func (s sessions) refuse(t *testing.T, copied *systemtest.User) {
	t.Helper()
	for _, d := range s.doors {
		if err := d.Refuses(t.Context(), copied); err != nil {
			t.Error(err)
		}
	}
}

// restart kills the processes of these services, and starts them again when between has been done.
func (s sessions) restart(t *testing.T, services []string, between func()) {
	t.Helper()
	var killed []*systemtest.Process
	for _, p := range s.Services {
		if slices.Contains(services, p.Name) {
			if err := p.Kill(); err != nil {
				t.Fatal(err)
			}
			killed = append(killed, p)
		}
	}
	between()
	for _, p := range killed {
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	s.AwaitServices(t)
}
