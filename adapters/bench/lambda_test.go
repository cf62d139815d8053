package bench

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/gittix/ticketing/adapters/adaptertest"
	"github.com/gittix/ticketing/adapters/lambda"
	"github.com/gittix/ticketing/adapters/lambda/lambdatest"
	"github.com/gittix/ticketing/adapters/systemtest"
	"github.com/gittix/ticketing/functions"
	"github.com/gittix/ticketing/shared/config"
	"github.com/gittix/ticketing/shared/embedded/program"
	"github.com/gittix/ticketing/shared/function"
	"github.com/gittix/ticketing/shared/function/functiontest"
)

// share is the part of a processor that a function of 256 MB has: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html.
const share = 256. / 1769

// lambdaRows are of programs as `sam build` makes them, for this machine's architecture.
func lambdaRows() []row {
	var programs string
	built := func(measure func(l *lab, programs string) (Figure, error)) func(l *lab) (Figure, error) {
		return func(l *lab) (Figure, error) {
			if programs == "" {
				programs = systemtest.BuildIn(l, "", serviceNames(), append([]string{"-trimpath"}, lambdatest.Flags...)...)
			}
			return measure(l, programs)
		}
	}
	return []row{
		{Row{Name: "Lambda v2 event over net/http", Unit: "µs", Goals: []Goal{AtMost(25)}}, (*lab).lambda, nil},
		{Row{Name: "Lambda's package of a service", Unit: "MB", Goals: []Goal{AtMost(4.5)}}, built((*lab).packageSize), nil},
		{Row{Name: "cold start of a Lambda, its processor time at 256 MB's share", Unit: "ms", Goals: []Goal{AtMost(60)}}, built((*lab).coldStart), nil},
	}
}

func serviceNames() (names []string) {
	for _, def := range functions.Services() {
		names = append(names, def.Name)
	}
	return names
}

// packageSize is that of the largest.
func (l *lab) packageSize(programs string) (f Figure, err error) {
	for _, service := range serviceNames() {
		binary, err := os.ReadFile(filepath.Join(programs, service))
		if err != nil {
			return Figure{}, err
		}
		var size counter
		z := zip.NewWriter(&size)
		w, err := z.Create("bootstrap")
		if err == nil {
			_, err = w.Write(binary)
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			return Figure{}, err
		}
		if mb := float64(size) / 1e6; mb > f.Value {
			f = Figure{Value: mb, Note: service}
		}
	}
	return f, nil
}

// counter counts what is written.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// coldStart is that of the tickets service, from its start until it asks for an invocation. Its database need not be there.
func (l *lab) coldStart(programs string) (Figure, error) {
	asked, failed := make(chan struct{}), make(chan string, 1)
	server := httptest.NewServer(&lambdatest.Runtime{
		Timeout:   time.Minute,
		Next:      func(r *http.Request) []byte { asked <- struct{}{}; <-r.Context().Done(); return nil },
		InitError: func(_, body string) { failed <- body },
	})
	defer server.Close()
	var rounds []Figure
	for range 10 * l.rounds {
		cmd := exec.CommandContext(l.Context(), filepath.Join(programs, "tickets")) //nolint:gosec // our own program
		cmd.Env = append(program.Environment(), "AWS_LAMBDA_RUNTIME_API="+server.Listener.Addr().String(), "GOMAXPROCS=1")
		for name, value := range l.Settings("tickets") {
			if name != "BUS_URL" { // the dispatcher has it
				cmd.Env = append(cmd.Env, name+"="+value)
			}
		}
		began := time.Now()
		if err := cmd.Start(); err != nil {
			return Figure{}, err
		}
		select {
		case <-asked:
		case why := <-failed:
			return Figure{}, errors.New(why)
		case <-time.After(time.Minute):
			return Figure{}, errors.Join(errors.New("it asks for nothing"), cmd.Process.Kill())
		}
		took := time.Since(began)
		_, _ = cmd.Process.Kill(), cmd.Wait() // it was killed
		used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		rounds = append(rounds, Figure{Value: ms(used) / share, Note: fmt.Sprintf("%.0f ms on this machine", ms(took))})
	}
	return Median(rounds), nil
}

// lambda measures an endpoint that answers at once, called by an event of API Gateway.
func (l *lab) lambda() (Figure, error) {
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) }) // it is short
	a, err := lambda.Open(func(config.Values) (function.Service, error) {
		return function.Service{Name: "echo", Stop: func() {}, Endpoints: []function.Endpoint{{Name: "echo-post", Method: http.MethodPost, Path: "/orders", Handler: echo}}}, nil
	}, functiontest.EventKeys(), lambda.AWS{}, io.Discard)
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
