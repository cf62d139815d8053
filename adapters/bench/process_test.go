package bench

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
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
		{Row{Name: "Lambda v2 event over net/http", Unit: "µs", Goals: []Goal{AtMost(25)}}, (*lab).lambda, nil},
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

// lambda measures an endpoint that answers at once, called by an event of API Gateway.
func (l *lab) lambda() (Figure, error) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }) // it is short
	a, err := lambda.Open(func(config.Values) (function.Service, error) {
		return function.Service{Name: "echo", Stop: func() {}, Endpoints: []function.Endpoint{{Name: "echo-post", Method: http.MethodPost, Path: "/orders", Handler: echo}}}, nil
	}, functiontest.EventKeys(), io.Discard)
	if err != nil {
		return Figure{}, err
	}
	defer a.Stop()
	event, err := lambdatest.Fronts["HTTP API"].Event(adaptertest.Request{Method: http.MethodPost, Target: "/orders?a=1&b=2", Body: []byte(`{"ticketId":1}`)})
	if err != nil {
		return Figure{}, err
	}
	data, err := json.Marshal(event)
	if err != nil {
		return Figure{}, err
	}
	var rounds []Figure
	for range l.rounds {
		n := 0
		used, began := Processor(os.Getpid()), time.Now()
		for ; time.Since(began) < max(l.round, 100*time.Millisecond); n++ {
			if _, err := a.Invoke(l.Context(), data); err != nil {
				return Figure{}, err
			}
		}
		rounds = append(rounds, Figure{Value: 1000 * ms(Processor(os.Getpid())-used) / float64(n)})
	}
	return Median(rounds), nil
}
