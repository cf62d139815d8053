package bench

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

var errNoFigure = errors.New("nothing to measure")

// idleRows are of processes that have had no request.
func idleRows() []row {
	return []row{
		{Row{Name: "memory of a service, idle", Unit: "MB", Reference: Figure{Value: 68}, Goals: []Goal{AtMost(20)}}, func(l *lab) (Figure, error) {
			time.Sleep(time.Duration(l.rounds) * l.round) // so that what the start has used is given back
			return l.memory(func(now, _ float64) float64 { return now }, func(string) bool { return true })
		}, nil},
		{Row{Name: "start of a service, to /health", Unit: "ms", Reference: Figure{Value: 350}, Goals: []Goal{AtMost(10)}}, (*lab).startUp, nil},
		{Row{Name: "program of a service, stripped", Unit: "MB", Goals: []Goal{AtMost(20)}}, (*lab).programSize, nil},
	}
}

// peakRows are of the same processes after all that was asked of them.
func peakRows() []row {
	most := func(_, most float64) float64 { return most }
	return []row{
		{Row{Name: "memory of a service, at most", Unit: "MB", Reference: Figure{Value: 202}, Goals: []Goal{AtMost(60)}}, func(l *lab) (Figure, error) {
			return l.memory(most, func(service string) bool { return service != "auth" })
		}, nil},
		{Row{Name: "memory of auth, at most", Unit: "MB", Reference: Figure{Value: 99}, Goals: []Goal{AtMost(100)}}, func(l *lab) (Figure, error) {
			return l.memory(most, func(service string) bool { return service == "auth" })
		}, nil},
	}
}

// memory is the most that one of the services has.
func (l *lab) memory(of func(now, most float64) float64, counts func(service string) bool) (f Figure, err error) {
	for service, p := range l.processes {
		if mb := of(Memory(p.Pid())); counts(service) && mb > f.Value {
			f = Figure{Value: mb, Note: service}
		}
	}
	return f, nil
}

// startUp measures how long a service takes from its start until it says that it lives.
func (l *lab) startUp() (Figure, error) {
	p := l.processes["tickets"]
	var rounds []Figure
	for range l.rounds {
		if err := p.Stop(); err != nil {
			return Figure{}, err
		}
		began := time.Now()
		if err := p.Start(); err != nil {
			return Figure{}, err
		}
		for {
			answer, err := http.Get(p.URL + "/health")
			if err == nil {
				answer.Body.Close()
				break
			}
			if time.Since(began) > time.Minute {
				return Figure{}, err
			}
			time.Sleep(200 * time.Microsecond)
		}
		rounds = append(rounds, Figure{Value: ms(time.Since(began))})
		if err := p.Ready(l.Context(), time.Minute); err != nil {
			return Figure{}, err
		}
	}
	return Median(rounds), nil
}

func (l *lab) programSize() (f Figure, err error) {
	for service := range l.processes {
		info, err := os.Stat(filepath.Join(l.programs, service))
		if err != nil {
			return Figure{}, err
		}
		if mb := float64(info.Size()) / 1e6; mb > f.Value {
			f = Figure{Value: mb, Note: service}
		}
	}
	return f, nil
}
