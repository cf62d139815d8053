package jetstreamserver_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/gittix/ticketing/shared/embedded/jetstreamserver"
)

// TestKeepsMessagesOverARestart when they are synced: package bustest tests the other way.
func TestKeepsMessagesOverARestart(t *testing.T) {
	t.Parallel()
	cfg := jetstreamserver.Config{Dir: t.TempDir(), Sync: true}
	first, err := jetstreamserver.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	addr := first.Addr()
	if first.URL() != "jetstream://"+addr || !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Errorf("url %s, address %s", first.URL(), addr)
	}
	js := connect(t, first)
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "s", Subjects: []string{"kept"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "kept", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	first.Stop()
	first.Stop()

	cfg.Port = int(netip.MustParseAddrPort(addr).Port())
	second, err := jetstreamserver.Start(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(second.Stop)
	if second.Addr() != addr {
		t.Errorf("address %s, want %s", second.Addr(), addr)
	}
	stream, err := connect(t, second).Stream(t.Context(), "s")
	if err != nil {
		t.Fatal(err)
	}
	m, err := stream.GetMsg(t.Context(), 1)
	if err != nil || string(m.Data) != "hello" {
		t.Errorf("got %v, %v", m, err)
	}
}

func TestRefusesToStart(t *testing.T) {
	t.Parallel()
	if _, err := jetstreamserver.Start(jetstreamserver.Config{}); err == nil {
		t.Error("without a folder: no error")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := jetstreamserver.Start(jetstreamserver.Config{Dir: t.TempDir(), Port: l.Addr().(*net.TCPAddr).Port}); err == nil {
		t.Error("on a port in use: no error")
	}
}

func connect(t *testing.T, s *jetstreamserver.Server) jetstream.JetStream {
	t.Helper()
	nc, err := nats.Connect("nats://" + s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	return js
}
