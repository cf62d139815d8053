package stanserver_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/stan.go"

	"github.com/gittix/ticketing/shared/embedded/stanserver"
)

// TestKeepsMessagesOverARestart when they are synced: package bustest tests the other way.
func TestKeepsMessagesOverARestart(t *testing.T) {
	t.Parallel()
	cfg := stanserver.Config{Dir: t.TempDir(), Sync: true}
	first, err := stanserver.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	addr := first.Addr()
	if want := fmt.Sprintf("stan://%s/ticketing?monitor=%d", addr, first.Monitor()); first.URL() != want || !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Errorf("url %s, address %s", first.URL(), addr)
	}
	sc := connect(t, first, "writer")
	if err := sc.Publish("kept", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	first.Stop()
	first.Stop()

	cfg.Port, cfg.Monitor = int(netip.MustParseAddrPort(addr).Port()), first.Monitor()
	second, err := stanserver.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Stop)
	if second.Addr() != addr {
		t.Errorf("address %s, want %s", second.Addr(), addr)
	}
	got := make(chan string, 1)
	_, err = connect(t, second, "reader").Subscribe("kept", func(m *stan.Msg) { got <- string(m.Data) }, stan.DeliverAllAvailable())
	if err != nil {
		t.Fatal(err)
	}
	select {
	case message := <-got:
		if message != "hello" {
			t.Errorf("got %q", message)
		}
	case <-time.After(time.Minute):
		t.Error("the message is gone")
	}
}

func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	if _, err := stanserver.Start(stanserver.Config{}); err == nil {
		t.Error("without a folder: no error")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := stanserver.Start(stanserver.Config{Dir: t.TempDir(), Port: l.Addr().(*net.TCPAddr).Port}); err == nil {
		t.Error("on a port in use: no error")
	}
}

func connect(t *testing.T, s *stanserver.Server, client string) stan.Conn {
	t.Helper()
	sc, err := stan.Connect("ticketing", client, stan.NatsURL("nats://"+s.Addr()), stan.ConnectWait(time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sc.NatsConn().Close() })
	return sc
}
