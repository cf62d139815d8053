package process

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestConnectionsAreBounded: no more are open than may be; those that ask for nothing give way, and who waits has an answer.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	const most, clients = 4, 32
	var mu sync.Mutex
	open := map[string]bool{}
	address, _ := serveFew(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		open[r.RemoteAddr] = true
	}), most)
	silent := make([]net.Conn, most)
	for i := range silent {
		silent[i] = dial(t, address)
		if i < most-1 { // the last would have an answer, and no turn again
			ask(t, silent[i])
		}
	}
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close() //nolint:errcheck // it has its answer
			if answer := ask(t, conn); answer == nil || answer.StatusCode != http.StatusOK {
				t.Errorf("%+v", answer)
			}
		})
	}
	all.Wait()
	if len(open) != most-1+clients {
		t.Errorf("%d were answered, want %d", len(open), most-1+clients)
	}
	for _, conn := range silent {
		if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("a silent connection: %v, want its end", err)
		}
	}
}

// TestOneTurnWhereOthersWait: a connection is kept while there is room for another, and else for a second.
func TestOneTurnWhereOthersWait(t *testing.T) {
	t.Parallel()
	address, _ := serveFew(t, http.NotFoundHandler(), 1)
	conn := dial(t, address)
	requests := 0
	for began := time.Now(); ; requests++ {
		if answer := ask(t, conn); answer == nil || answer.Close {
			if time.Since(began) < idleAfter/2 {
				t.Error("closed at once")
			}
			break
		}
	}
	if answer := ask(t, dial(t, address)); answer == nil || requests == 0 {
		t.Errorf("%d requests of the first; none of the next", requests)
	}
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the other end may have
	return conn
}

// ask returns the answer to a request, or nil.
func ask(t *testing.T, conn net.Conn) *http.Response {
	t.Helper()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: any\r\n\r\n"); err != nil {
		t.Error(err)
		return nil
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Error(err)
		return nil
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	return answer
}
