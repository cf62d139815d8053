package natsserver_test

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/gittix/ticketing/shared/embedded/natsserver"
)

func TestLoggerLevels(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	l := natsserver.NewLogger(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for want, write := range map[string]func(string, ...any){
		"level=DEBUG msg=notice-1": l.Noticef,
		"level=WARN msg=warn-1":    l.Warnf,
		"level=ERROR msg=error-1":  l.Errorf,
		"level=ERROR msg=fatal-1":  l.Fatalf,
		"level=DEBUG msg=debug-1":  l.Debugf,
		"level=DEBUG msg=trace-1":  l.Tracef,
	} {
		out.Reset()
		_, word, _ := strings.Cut(want, "msg=")
		write(strings.TrimSuffix(word, "1")+"%d", 1)
		if !strings.Contains(out.String(), want) {
			t.Errorf("got %q, want %q", out.String(), want)
		}
	}
}

func TestCheckPort(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if natsserver.CheckPort("127.0.0.1", l.Addr().(*net.TCPAddr).Port) == nil {
		t.Error("a port in use: no error")
	}
	if err := natsserver.CheckPort("127.0.0.1", 0); err != nil {
		t.Errorf("any port: %v", err)
	}
}
