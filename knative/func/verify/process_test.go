package verify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is for what happens at once, on a machine that does much else. It is more than the 30 s that func's
// main gives the requests under way.
const patience = 60 * time.Second

// process is a function that runs.
type process struct {
	url    string
	cmd    *exec.Cmd
	log    bytes.Buffer  // of a process that ended
	ended  chan struct{} // closed when it did
	status error         // with which it did
}

// start runs a program with an environment on a free port.
func start(t *testing.T, program string, environment []string) *process {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	p := &process{url: "http://" + address, cmd: exec.Command(program), ended: make(chan struct{})}
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = t.TempDir(), &p.log, &p.log
	p.cmd.Env = append(slices.Clone(environment), "PORT=8080", "LISTEN_ADDRESS="+address) // Knative sets PORT
	if err := errors.Join(free.Close(), p.cmd.Start()); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.status = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended, or else the test has failed already
		<-p.ended
		if t.Failed() {
			t.Logf("%v\n%s", p.status, &p.log)
		}
	})
	return p
}

// wait returns when the process has ended.
func (p *process) wait(t *testing.T) {
	t.Helper()
	receive(t, p.ended)
}

// receive returns what a channel gives, or its end.
func receive[T any](t *testing.T, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(patience):
		t.Fatal("nothing happened")
	}
	return v
}

func (p *process) terminate(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (p *process) ask(ctx context.Context, method, path string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, p.url+path, strings.NewReader("{}"))
	if err != nil {
		return answer{}, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Close = true // no connection is kept open
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, got.Header, string(body)}, err
}

// await asks until something holds.
func await(t *testing.T, what string, holds func(ctx context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for !holds(ctx) {
		select {
		case <-ctx.Done():
			t.Fatal("not " + what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// becomes asks for a path until it has a status.
func (p *process) becomes(t *testing.T, path string, status int) {
	t.Helper()
	await(t, path+" "+http.StatusText(status), func(ctx context.Context) bool {
		got, err := p.ask(ctx, http.MethodGet, path)
		return err == nil && got.status == status
	})
}
